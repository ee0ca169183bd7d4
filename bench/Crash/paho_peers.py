"""Publishers and subscribers on Paho for the crash test. Takes one JSON object as its argument, prints one line per event:

  c CLIENT 0|1                    connected, and whether the session was present
  s CLIENT TOPIC SEQUENCE         is about to be published for the first time
  a CLIENT TOPIC SEQUENCE         acknowledged (PUBACK, PUBCOMP)
  r CLIENT TOPIC QOS RETAIN TEXT  received; TEXT is the payload up to its padding
  u CLIENT                        all subscriptions are acknowledged
  d CLIENT                        a publisher has stopped and everything it sent is acknowledged
  f CLIENT TEXT                   something that must not happen

Reads commands from standard input: "publish" (begin), "drain" (publish nothing new, stay connected), "quit".
"""

import json
import random
import socket
import sys
import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

publishing = threading.Event()
draining = threading.Event()
quitting = threading.Event()
printing = threading.Lock()


def tell(*words):
    line = " ".join(str(word) for word in words) + "\n"
    with printing:
        sys.stdout.write(line)


def flush_often():
    while not quitting.is_set():
        time.sleep(0.02)
        with printing:
            sys.stdout.flush()


class Peer(threading.Thread):
    def __init__(self, port, seed, spec):
        super().__init__(daemon=True)
        self.port = port
        self.spec = spec
        self.name = spec["name"]
        self.random = random.Random("%d/%s" % (seed, self.name))
        self.connected = False
        version5 = spec["version"] == 5
        if version5:
            self.client = mqtt.Client(client_id=self.name, protocol=mqtt.MQTTv5, reconnect_on_failure=False)
        else:
            self.client = mqtt.Client(client_id=self.name, clean_session=False, protocol=mqtt.MQTTv311, reconnect_on_failure=False)
        self.version5 = version5
        self.client.on_connect = self.handle_connect
        self.client.on_disconnect = self.handle_disconnect
        self.client.on_socket_open = lambda _client, _data, opened: opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle_connect(self, _client, _data, flags, code, _properties=None):
        if (code if isinstance(code, int) else code.value) == 0:
            tell("c", self.name, flags["session present"])
            self.connected = True

    def handle_disconnect(self, _client, _data, _code, _properties=None):
        self.connected = False

    def connect(self):
        while not quitting.is_set():
            # Paho 1.6 remembers that a message awaits its PUBCOMP through one attempt to connect only; after a second one it
            # would publish the message anew, which a broker can but take for another message.
            for message in self.client._out_messages.values():
                if message.state == mqtt.mqtt_ms_resend_pubrel:
                    message.state = mqtt.mqtt_ms_wait_for_pubcomp
            try:
                if self.version5:
                    kept = Properties(PacketTypes.CONNECT)
                    kept.SessionExpiryInterval = 86400
                    self.client.connect("127.0.0.1", self.port, 60, clean_start=False, properties=kept)
                else:
                    self.client.connect("127.0.0.1", self.port, 60)
                return
            except OSError:
                time.sleep(0.02)

    def step(self, seconds):
        """Lets the client work; connects again when the connection is gone."""
        if self.client.loop(seconds) != mqtt.MQTT_ERR_SUCCESS:
            self.connected = False
            time.sleep(0.01)
            self.connect()


class Publisher(Peer):
    def __init__(self, port, seed, spec):
        super().__init__(port, seed, spec)
        self.unsettled = {}
        self.early = set()
        self.client.max_inflight_messages_set(100)
        self.client.on_publish = self.handle_publish

    def handle_publish(self, _client, _data, mid):
        known = self.unsettled.pop(mid, None)
        if known is None:
            self.early.add(mid)
        else:
            tell("a", self.name, *known)

    def run(self):
        topics = self.spec["topics"]
        sequences = [0] * len(topics)
        turn = 0
        publishing.wait()
        self.connect()
        begun = time.monotonic()
        sent = 0
        while not quitting.is_set():
            while self.connected and not draining.is_set() and len(self.unsettled) < self.spec["window"] and sent < (time.monotonic() - begun) * self.spec["rate"]:
                index = turn % len(topics)
                topic = topics[index]
                turn += 1
                sequence = sequences[index]
                sequences[index] += 1
                payload = "%s|%d|%s" % (topic["name"], sequence, "x" * self.random.randrange(100))
                tell("s", self.name, topic["name"], sequence)
                info = self.client.publish(topic["name"], payload, topic["qos"], topic["retain"])
                sent += 1
                self.unsettled[info.mid] = (topic["name"], sequence)
                if info.mid in self.early:
                    self.early.remove(info.mid)
                    self.handle_publish(None, None, info.mid)
            if not self.connected:
                # What could not be sent meanwhile is not made up for.
                sent = int((time.monotonic() - begun) * self.spec["rate"])
            self.step(0.01)
            if draining.is_set() and not self.unsettled:
                tell("d", self.name)
                self.client.disconnect()
                return


class Subscriber(Peer):
    def __init__(self, port, seed, spec):
        super().__init__(port, seed, spec)
        self.subscribed = False
        self.client.on_message = self.handle_message
        self.client.on_subscribe = self.handle_subscribe

    def handle_subscribe(self, _client, _data, _mid, codes, _properties=None):
        values = [code if isinstance(code, int) else code.value for code in codes]
        if values != [one["qos"] for one in self.spec["filters"]]:
            tell("f", self.name, "SUBACK says %r" % values)
        self.subscribed = True
        tell("u", self.name)

    def handle_message(self, _client, _data, message):
        text = message.payload.decode()
        tell("r", self.name, message.topic, message.qos, int(message.retain), text[: text.rindex("|")])

    def run(self):
        self.connect()
        asked = False
        leaves = time.monotonic() + 1 + 3 * self.random.random()
        while not quitting.is_set():
            self.step(0.02)
            if not self.connected:
                asked = False
            elif not self.subscribed and not asked:
                asked = True
                if self.version5:
                    filters = [(one["filter"], mqtt.SubscribeOptions(qos=one["qos"])) for one in self.spec["filters"]]
                else:
                    filters = [(one["filter"], one["qos"]) for one in self.spec["filters"]]
                self.client.subscribe(filters)
            elif self.subscribed and self.spec["leaves"] and time.monotonic() > leaves and not draining.is_set():
                self.client.disconnect()
                self.client.loop(0.01)
                self.connected = False
                draining.wait(0.2 + 1.5 * self.random.random())
                self.connect()
                leaves = time.monotonic() + 1 + 3 * self.random.random()


def main():
    settings = json.loads(sys.argv[1])
    for spec in settings["publishers"]:
        Publisher(settings["port"], settings["seed"], spec).start()
    for spec in settings["subscribers"]:
        Subscriber(settings["port"], settings["seed"], spec).start()
    threading.Thread(target=flush_often, daemon=True).start()
    for line in sys.stdin:
        if line.strip() == "publish":
            publishing.set()
        elif line.strip() == "drain":
            draining.set()
        elif line.strip() == "quit":
            break
    quitting.set()
    with printing:
        sys.stdout.flush()


main()
