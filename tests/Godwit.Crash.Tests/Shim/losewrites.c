// Loaded into a broker by LD_PRELOAD: makes SIGUSR2 a loss of power. Whatever was written to a log (*.log under the directory
// LOSEWRITES_DIRECTORY) and not synced is cut off, then the process is killed. What goes through other files is taken for synced.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { LOGS_MAX = 4096, FILES_MAX = 65536 };

typedef struct {
    char path[512];
    atomic_llong synced;
} log_file;

static log_file logs[LOGS_MAX];
static atomic_int log_count;
static atomic_int log_of_file[FILES_MAX]; // index + 1 of the log behind a descriptor, 0: none
static atomic_int under_way;
static atomic_int power_is_lost;
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void stop_here(void) {
    for (;;) {
        pause();
    }
}

// Between the two nothing is cut off; whoever comes too late stays.
static void enter(void) {
    atomic_fetch_add(&under_way, 1);
    if (atomic_load(&power_is_lost)) {
        atomic_fetch_sub(&under_way, 1);
        stop_here();
    }
}

static void leave(void) {
    atomic_fetch_sub(&under_way, 1);
    if (atomic_load(&power_is_lost)) {
        stop_here();
    }
}

static log_file *log_behind(int file) {
    int index = file >= 0 && file < FILES_MAX ? atomic_load(&log_of_file[file]) : 0;
    return index == 0 ? NULL : &logs[index - 1];
}

static void *lose_power(void *signals) {
    int number;
    while (sigwait(signals, &number) != 0 || number != SIGUSR2) {
    }
    atomic_store(&power_is_lost, 1);
    while (atomic_load(&under_way) > 0) {
        usleep(100);
    }
    int count = atomic_load(&log_count);
    for (int i = 0; i < count; i++) {
        if (truncate(logs[i].path, atomic_load(&logs[i].synced)) != 0 && errno != ENOENT) {
            perror("losewrites: truncate");
        }
    }
    kill(getpid(), SIGKILL);
    return NULL;
}

__attribute__((constructor)) static void begin(void) {
    static sigset_t signals;
    pthread_t thread;
    if (getenv("LOSEWRITES_DIRECTORY") == NULL) {
        return;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); // all threads inherit it
    pthread_create(&thread, NULL, lose_power, &signals);
}

static int note_open(const char *path, int flags, int file) {
    const char *directory = getenv("LOSEWRITES_DIRECTORY");
    size_t length = strlen(path);
    if (file < 0 || file >= FILES_MAX) {
        return file;
    }
    atomic_store(&log_of_file[file], 0);
    if (directory == NULL || (flags & O_ACCMODE) == O_RDONLY || strncmp(path, directory, strlen(directory)) != 0
        || length < 4 || strcmp(path + length - 4, ".log") != 0 || length >= sizeof logs[0].path) {
        return file;
    }
    pthread_mutex_lock(&opening);
    int count = atomic_load(&log_count);
    int index = 0;
    while (index < count && strcmp(logs[index].path, path) != 0) {
        index++;
    }
    if (index == LOGS_MAX) {
        fputs("losewrites: too many logs\n", stderr);
        abort();
    }
    if (index == count) {
        struct stat status;
        strcpy(logs[index].path, path);
        // What lay there before this process is taken for synced; a new file has nothing.
        atomic_store(&logs[index].synced, fstat(file, &status) == 0 ? status.st_size : 0);
        atomic_store(&log_count, count + 1);
    }
    atomic_store(&log_of_file[file], index + 1);
    pthread_mutex_unlock(&opening);
    return file;
}

#define OPEN_WITH_MODE(call) \
    int mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, int); \
        va_end(rest); \
    } \
    return note_open(path, flags, call)

int open(const char *path, int flags, ...) { OPEN_WITH_MODE(REAL(open)(path, flags, mode)); }
int open64(const char *path, int flags, ...) { OPEN_WITH_MODE(REAL(open64)(path, flags, mode)); }
int openat(int at, const char *path, int flags, ...) { OPEN_WITH_MODE(REAL(openat)(at, path, flags, mode)); }
int openat64(int at, const char *path, int flags, ...) { OPEN_WITH_MODE(REAL(openat64)(at, path, flags, mode)); }

int close(int file) {
    if (file >= 0 && file < FILES_MAX) {
        atomic_store(&log_of_file[file], 0);
    }
    return REAL(close)(file);
}

#define ON_LOG(type, call) \
    if (log_behind(file) == NULL) { \
        return call; \
    } \
    enter(); \
    type result = call; \
    int error = errno; \
    leave(); \
    errno = error; \
    return result

ssize_t write(int file, const void *bytes, size_t count) { ON_LOG(ssize_t, REAL(write)(file, bytes, count)); }
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { ON_LOG(ssize_t, REAL(pwrite)(file, bytes, count, at)); }
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) { ON_LOG(ssize_t, REAL(pwrite64)(file, bytes, count, at)); }
int ftruncate(int file, off_t length) { ON_LOG(int, REAL(ftruncate)(file, length)); }
int ftruncate64(int file, off64_t length) { ON_LOG(int, REAL(ftruncate64)(file, length)); }

static int sync_log(int file, int (*sync)(int)) {
    log_file *log = log_behind(file);
    if (log == NULL) {
        return sync(file);
    }
    struct stat status;
    enter();
    // What is written while the sync runs may or may not be part of it.
    long long length = fstat(file, &status) == 0 ? status.st_size : 0;
    int result = sync(file);
    int error = errno;
    if (result == 0) {
        atomic_store(&log->synced, length);
    }
    leave();
    errno = error;
    return result;
}

int fdatasync(int file) { return sync_log(file, REAL(fdatasync)); }
int fsync(int file) { return sync_log(file, REAL(fsync)); }
