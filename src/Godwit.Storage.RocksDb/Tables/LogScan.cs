using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>
/// Reads RocksDB's write-ahead logs as far as is needed to judge damage. A log is a sequence of 32 KiB blocks; a commit is
/// one record, cut into fragments at block borders; a fragment is a masked CRC-32C, a length, a type and its bytes. The next
/// commit is written only after the last one is synced (at level fsync), so a crash can tear no more than the last one.
/// </summary>
internal static class LogScan
{
    private const int BlockSize = 32 * 1024;
    private const int HeaderSize = 7;
    private const int TypeOffset = 6;
    private const byte Full = 1;
    private const byte First = 2;
    private const byte Middle = 3;
    private const byte Last = 4;
    private const uint CrcMask = 0xa282ead8;

    /// <summary>The first damage in the logs of a directory that matters, a torn end included; null when there is none.</summary>
    /// <param name="directory">Of the store.</param>
    /// <param name="acrossLogs">
    /// Whether a torn end matters also where a later log holds commits. It need not where all commits are synced: that is
    /// what a write leaves behind that failed on a full disk, and the tables were written out before the next log was
    /// begun. RocksDB finds by its manifest whether more than that is missing.
    /// </param>
    public static LogDamage? FindDamage(string directory, bool acrossLogs)
    {
        var logs = System.IO.Directory.EnumerateFiles(directory, "*.log")
            .Where(path => ulong.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .OrderBy(path => ulong.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture))
            .ToArray();
        for (var i = 0; i < logs.Length; i++)
        {
            var damage = Scan(logs[i]);
            if (damage is null)
            {
                continue;
            }

            if (damage.CommitsFollow)
            {
                return damage;
            }

            var later = logs.Skip(i + 1).Any(HoldsCommit);
            if (!later || acrossLogs)
            {
                return damage with { CommitsFollow = later };
            }
        }

        return null;
    }

    private static bool HoldsCommit(string path)
    {
        using var file = File.OpenRead(path);
        var block = new byte[BlockSize];
        int length;
        while ((length = file.ReadAtLeast(block, BlockSize, throwOnEndOfStream: false)) > 0)
        {
            if (BeginsCommit(block.AsSpan(0, length)))
            {
                return true;
            }
        }

        return false;
    }

    private static LogDamage? Scan(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, BlockSize, FileOptions.SequentialScan);
        var block = new byte[BlockSize];
        long blockStart = 0;
        long recordStart = 0;
        long damage = -1;
        var inside = false;
        int length;
        for (; (length = file.ReadAtLeast(block, BlockSize, throwOnEndOfStream: false)) > 0; blockStart += length)
        {
            var bytes = block.AsSpan(0, length);
            if (damage >= 0)
            {
                if (BeginsCommit(bytes))
                {
                    return new LogDamage(path, damage, CommitsFollow: true);
                }

                continue;
            }

            var position = 0;
            while (damage < 0 && BlockSize - position >= HeaderSize && position < length)
            {
                var size = FragmentSize(bytes[position..]);
                var type = size > 0 ? bytes[position + TypeOffset] : (byte)0;
                var starts = type is not (Middle or Last);
                if (size == 0 || starts == inside)
                {
                    damage = inside ? recordStart : blockStart + position;
                    if (HasCommitStart(bytes, position))
                    {
                        return new LogDamage(path, damage, CommitsFollow: true);
                    }

                    break;
                }

                if (starts)
                {
                    recordStart = blockStart + position;
                }

                inside = type is First or Middle;
                position += size;
            }
        }

        return damage >= 0 ? new LogDamage(path, damage, CommitsFollow: false)
            : inside ? new LogDamage(path, recordStart, CommitsFollow: false)
            : null;
    }

    // A block starts with a fragment, so what is whole in it can be walked.
    private static bool BeginsCommit(ReadOnlySpan<byte> block)
    {
        for (int size; (size = FragmentSize(block)) > 0; block = block[size..])
        {
            if (block[TypeOffset] is Full or First)
            {
                return true;
            }
        }

        return false;
    }

    // Fragments behind a damaged one cannot be found by length: every position of the block is tried.
    private static bool HasCommitStart(ReadOnlySpan<byte> block, int from)
    {
        for (var position = from; position + HeaderSize < block.Length; position++)
        {
            if (block[position + TypeOffset] is Full or First && FragmentSize(block[position..]) > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The size of the fragment at the start, header included; 0 when there is none that is whole.</summary>
    private static int FragmentSize(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize)
        {
            return 0;
        }

        var size = HeaderSize + BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        return bytes[TypeOffset] != 0 && size <= bytes.Length && Unmask(BinaryPrimitives.ReadUInt32LittleEndian(bytes)) == Crc(bytes[TypeOffset..size]) ? size : 0;
    }

    private static uint Unmask(uint masked)
    {
        var rotated = masked - CrcMask;
        return (rotated >> 17) | (rotated << 15);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
