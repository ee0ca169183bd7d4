"""Scenarios with Eclipse Paho's Python client. Called with a port; prints one JSON line per scenario and version.

Nothing here sleeps: each step waits for an event of the broker, with a time limit.
"""

import json
import queue
import socket
import sys
import threading
import time
import traceback

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

HOST = "127.0.0.1"
PORT = int(sys.argv[1])
LIMIT = 20
V31, V311, V5 = mqtt.MQTTv31, mqtt.MQTTv311, mqtt.MQTTv5
LABELS = {V31: "3.1", V311: "3.1.1", V5: "5.0"}
SCENARIOS = []
RUN = "p%x" % (time.time_ns() & 0xFFFFFFF)
_last = [0]


def scenario(*versions):
    def register(function):
        SCENARIOS.append((function, versions))
        return function

    return register


def unique(prefix):
    _last[0] += 1
    return "%s%s%d" % (prefix, RUN, _last[0])


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def equal(expected, actual, what):
    check(expected == actual, "%s: expected %r, got %r" % (what, expected, actual))


def properties(packet_type, **values):
    result = Properties(packet_type)
    for name, value in values.items():
        setattr(result, name, value)
    return result


class Peer:
    """A Paho client whose callbacks are turned into things one can wait for."""

    def __init__(self, version, client_id=None, clean=True, will=None, connect=None, keepalive=60):
        self.version = version
        self.messages = queue.Queue()
        self.disconnected = queue.Queue()
        self._connected = queue.Queue()
        self._acknowledged = {}
        self._condition = threading.Condition()
        client_id = unique("c") if client_id is None else client_id
        if version == V5:
            self.client = mqtt.Client(client_id=client_id, protocol=version)
        else:
            self.client = mqtt.Client(client_id=client_id, clean_session=clean, protocol=version)
        client = self.client
        client.max_queued_messages_set(0)
        client.reconnect_delay_set(1000, 1000)  # a lost connection stays lost
        # Without this each small packet waits for the acknowledgement of the one before.
        client.on_socket_open = lambda _client, _data, opened: opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.on_message = lambda _client, _data, message: self.messages.put(message)
        client.on_connect = lambda _client, _data, flags, code, props=None: self._connected.put((flags, code, props))
        client.on_disconnect = lambda _client, _data, code, props=None: self.disconnected.put(code)
        client.on_subscribe = lambda _client, _data, mid, codes, props=None: self._acknowledge(mid, codes)
        client.on_unsubscribe = lambda _client, _data, mid, props=None, codes=None: self._acknowledge(mid, codes)
        if will is not None:
            client.will_set(**will)
        if version == V5:
            client.connect(HOST, PORT, keepalive, clean_start=clean, properties=connect)
        else:
            client.connect(HOST, PORT, keepalive)
        client.loop_start()
        flags, code, props = self._connected.get(timeout=LIMIT)
        value = code if isinstance(code, int) else code.value
        equal(0, value, "CONNACK")
        self.session_present = flags["session present"] == 1
        self.properties = props

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.disconnect()

    def _acknowledge(self, mid, codes):
        with self._condition:
            self._acknowledged[mid] = codes
            self._condition.notify_all()

    def _wait(self, mid):
        with self._condition:
            check(self._condition.wait_for(lambda: mid in self._acknowledged, LIMIT), "no acknowledgement for %d" % mid)
            codes = self._acknowledged.pop(mid)
        if not isinstance(codes, (list, tuple)):
            codes = [codes]
        return [code if isinstance(code, int) else code.value for code in codes if code is not None]

    def subscribe(self, topic, qos=0, options=None, props=None):
        if options is not None:
            result, mid = self.client.subscribe(topic, options=options, properties=props)
        elif self.version == V5:
            result, mid = self.client.subscribe(topic, options=SubscribeOptions(qos=qos), properties=props)
        else:
            result, mid = self.client.subscribe(topic, qos)
        equal(mqtt.MQTT_ERR_SUCCESS, result, "subscribe")
        return self._wait(mid)

    def unsubscribe(self, topic):
        result, mid = self.client.unsubscribe(topic)
        equal(mqtt.MQTT_ERR_SUCCESS, result, "unsubscribe")
        return self._wait(mid)

    def publish(self, topic, payload, qos=0, retain=False, props=None):
        info = self.client.publish(topic, payload, qos, retain, props)
        info.wait_for_publish(LIMIT)
        check(info.is_published(), "%s is not acknowledged" % topic)

    def receive(self):
        return self.messages.get(timeout=LIMIT)

    def receive_text(self):
        return self.receive().payload.decode()

    def disconnect(self):
        self.client.disconnect()
        self.client.loop_stop()

    def lose_connection(self):
        """The network goes away without a word."""
        self.client.socket().shutdown(socket.SHUT_RDWR)


def kept(seconds=60):
    return properties(PacketTypes.CONNECT, SessionExpiryInterval=seconds)


def keep(version):
    return {"clean": False, "connect": kept() if version == V5 else None}


@scenario(V31, V311, V5)
def publish_and_subscribe_at_each_qos(version):
    topic = unique("t")
    with Peer(version) as publisher:
        for granted in range(3):
            with Peer(version) as subscriber:
                equal([granted], subscriber.subscribe(topic, granted), "SUBACK")
                for qos in range(3):
                    publisher.publish(topic, "q%d" % qos, qos)
                    message = subscriber.receive()
                    equal(("q%d" % qos, min(qos, granted), False), (message.payload.decode(), message.qos, message.retain), "message")


@scenario(V31, V311, V5)
def wildcards(version):
    root = unique("t")
    with Peer(version) as peer:
        peer.subscribe(root + "/+/temperature", 1)
        peer.subscribe(root + "/cellar/#", 1)
        for topic in ("/kitchen/humidity", "/kitchen/temperature", "/cellar", "/cellar/box/1", "/attic/box/temperature", "/end/temperature"):
            peer.publish(root + topic, topic, 1)
        equal(["/kitchen/temperature", "/cellar", "/cellar/box/1", "/end/temperature"], [peer.receive_text() for _ in range(4)], "messages")


@scenario(V31, V311, V5)
def unsubscribe(version):
    root = unique("t")
    with Peer(version) as peer:
        peer.subscribe(root + "/a", 1)
        peer.subscribe(root + "/b", 1)
        peer.unsubscribe(root + "/a")
        peer.publish(root + "/a", "a", 1)
        peer.publish(root + "/b", "b", 1)
        equal("b", peer.receive_text(), "message")


@scenario(V31, V311, V5)
def retained_set_replace_and_clear(version):
    root = unique("t")
    with Peer(version) as peer:
        for name in ("a", "b", "c"):
            peer.publish("%s/%s" % (root, name), "old " + name, 1, True)
            peer.publish("%s/%s" % (root, name), name, 1, True)
        peer.publish(root + "/b", None, 1, True)
    with Peer(version) as late:
        late.subscribe(root + "/+", 1)
        messages = [late.receive(), late.receive()]
        equal(["a", "c"], sorted(message.payload.decode() for message in messages), "replay")
        check(all(message.retain for message in messages), "RETAIN is not set")
        late.publish(root + "/end", "end", 1)
        message = late.receive()
        equal(("end", False), (message.payload.decode(), message.retain), "message after the replay")


@scenario(V31, V311, V5)
def will_after_a_lost_connection_and_none_after_disconnect(version):
    topic = unique("t")
    with Peer(version) as watcher:
        watcher.subscribe(topic, 2)
        Peer(version, will={"topic": topic, "payload": "never", "qos": 1}).disconnect()
        Peer(version, will={"topic": topic, "payload": "gone", "qos": 2}).lose_connection()
        message = watcher.receive()
        equal(("gone", 2), (message.payload.decode(), message.qos), "will")


@scenario(V31, V311, V5)
def retained_will(version):
    topic = unique("t")
    with Peer(version) as watcher:
        watcher.subscribe(topic, 0)
        Peer(version, will={"topic": topic, "payload": "gone", "qos": 1, "retain": True}).lose_connection()
        check(not watcher.receive().retain, "RETAIN is set on a live message")
        with Peer(version) as late:
            late.subscribe(topic, 0)
            check(late.receive().retain, "RETAIN is not set on the replay")
            late.publish(topic, None, 0, True)


@scenario(V5)
def delayed_will_with_properties(version):
    topic = unique("t")
    with Peer(version) as watcher:
        watcher.subscribe(topic, 1)
        props = properties(PacketTypes.WILLMESSAGE, WillDelayInterval=1, ContentType="text/plain", CorrelationData=b"\x01\x02")
        props.UserProperty = ("b", "1")
        props.UserProperty = ("a", "2")
        begun = time.monotonic()
        Peer(version, connect=kept(), will={"topic": topic, "payload": "gone", "qos": 1, "properties": props}).lose_connection()
        message = watcher.receive()
        check(time.monotonic() - begun > 0.9, "the will came too early")
        equal("text/plain", message.properties.ContentType, "content type")
        equal(b"\x01\x02", message.properties.CorrelationData, "correlation data")
        equal([("b", "1"), ("a", "2")], message.properties.UserProperty, "user properties")


@scenario(V31, V311, V5)
def offline_messages_of_a_kept_session(version):
    topic = unique("t")
    client_id = unique("c")
    first = Peer(version, client_id, **keep(version))
    check(not first.session_present, "a new session is said to be present")
    first.subscribe(topic, 2)
    first.disconnect()
    with Peer(version) as publisher:
        publisher.publish(topic, "not kept", 0)
        for number in range(50):
            publisher.publish(topic, "%d" % number, 1 + number % 2)
    with Peer(version, client_id, **keep(version)) as again:
        equal(version != V31, again.session_present, "session present")
        received = []
        while len(received) < 50:
            message = again.receive()
            if message.qos > 0:
                received.append((message.qos, int(message.payload)))
        # Paho hands a QoS 2 message over at PUBREL, so the order shows for each QoS by itself.
        equal(list(range(0, 50, 2)), [number for qos, number in received if qos == 1], "QoS 1")
        equal(list(range(1, 50, 2)), [number for qos, number in received if qos == 2], "QoS 2")


@scenario(V31, V311, V5)
def clean_start_discards_the_session(version):
    topic = unique("t")
    client_id = unique("c")
    first = Peer(version, client_id, **keep(version))
    first.subscribe(topic, 1)
    first.disconnect()
    with Peer(version) as publisher:
        publisher.publish(topic, "lost", 1)
    Peer(version, client_id, clean=True).disconnect()
    with Peer(version, client_id, **keep(version)) as again:
        check(not again.session_present, "the session is still there")
        again.subscribe(topic, 1)
        again.publish(topic, "new", 1)
        equal("new", again.receive_text(), "message")


@scenario(V5)
def session_expiry(version):
    client_id = unique("c")
    Peer(version, client_id, clean=True, connect=kept(60)).disconnect()
    second = Peer(version, client_id, clean=False, connect=kept(60))
    check(second.session_present, "the session is not there")
    second.client.disconnect(properties=properties(PacketTypes.DISCONNECT, SessionExpiryInterval=0))
    second.client.loop_stop()
    with Peer(version, client_id, clean=False) as third:
        check(not third.session_present, "the session is there after an expiry of 0")


@scenario(V311, V5)
def takeover(version):
    client_id = unique("c")
    first = Peer(version, client_id)
    with Peer(version, client_id) as second:
        # Paho 1.6 does not tell the reason code of a short DISCONNECT.
        first.disconnected.get(timeout=LIMIT)
        topic = unique("t")
        second.subscribe(topic, 1)
        second.publish(topic, "mine", 1)
        equal("mine", second.receive_text(), "message")


@scenario(V5)
def shared_subscription_delivers_each_message_once(version):
    topic = unique("t")
    count = 300
    seen = queue.Queue()
    members = [Peer(version) for _ in range(3)]
    counts = [0] * len(members)
    for index, member in enumerate(members):
        def handle(_client, _data, message, index=index):
            counts[index] += 1
            seen.put(message.payload.decode())

        member.client.on_message = handle
        member.subscribe("$share/group/" + topic, 1 + index % 2)
    with Peer(version) as publisher:
        for number in range(count):
            publisher.publish(topic, "%d" % number, 2)
    received = [seen.get(timeout=LIMIT) for _ in range(count)]
    for member in members:
        member.disconnect()
    check(seen.empty(), "some came twice")
    equal(sorted("%d" % number for number in range(count)), sorted(received), "messages")
    check(min(counts) > count // 12, "uneven: %r" % counts)


@scenario(V5)
def message_properties_pass_unchanged(version):
    topic = unique("t")
    props = properties(
        PacketTypes.PUBLISH,
        PayloadFormatIndicator=1,
        ContentType="application/json",
        ResponseTopic="reply/to/me",
        CorrelationData=bytes(range(256)),
        MessageExpiryInterval=1000,
    )
    pairs = [("z", "1"), ("a", "2"), ("z", "3"), ("", ""), ("\u00e9", "\u20ac")]
    for pair in pairs:
        props.UserProperty = pair
    with Peer(version) as peer:
        peer.subscribe(topic, 2)
        for qos in range(3):
            peer.publish(topic, "x", qos, True, props)
            verify(peer.receive(), pairs)
    with Peer(version) as late:
        late.subscribe(topic, 2)
        message = late.receive()
        check(message.retain, "RETAIN is not set")
        verify(message, pairs)
        late.publish(topic, None, 0, True)


def verify(message, pairs):
    props = message.properties
    equal(1, props.PayloadFormatIndicator, "payload format")
    equal("application/json", props.ContentType, "content type")
    equal("reply/to/me", props.ResponseTopic, "response topic")
    equal(bytes(range(256)), props.CorrelationData, "correlation data")
    equal(pairs, props.UserProperty, "user properties")
    check(900 < props.MessageExpiryInterval <= 1000, "expiry %r" % props.MessageExpiryInterval)


@scenario(V5)
def subscription_identifiers(version):
    root = unique("t")
    with Peer(version) as peer:
        peer.subscribe(root + "/a", 1, props=properties(PacketTypes.SUBSCRIBE, SubscriptionIdentifier=5))
        peer.subscribe(root + "/b", 1, props=properties(PacketTypes.SUBSCRIBE, SubscriptionIdentifier=268435455))
        peer.subscribe(root + "/c", 1)
        identifiers = []
        for name in ("a", "b", "c"):
            peer.publish("%s/%s" % (root, name), "x", 1)
            identifiers.append(getattr(peer.receive().properties, "SubscriptionIdentifier", None))
        equal([[5], [268435455], None], identifiers, "identifiers")


@scenario(V5)
def subscription_options(version):
    root = unique("t")
    with Peer(version) as peer, Peer(version) as other:
        peer.publish(root + "/r", "retained", 1, True)
        peer.subscribe(root + "/r", options=SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND))
        peer.subscribe(root + "/local", options=SubscribeOptions(qos=1, noLocal=True))
        peer.publish(root + "/local", "mine", 1)
        other.publish(root + "/local", "theirs", 1)
        equal("theirs", peer.receive_text(), "No Local")
        peer.subscribe(root + "/r", options=SubscribeOptions(qos=1, retainAsPublished=True, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB))
        other.publish(root + "/r", "live", 1, True)
        message = peer.receive()
        equal(("live", True), (message.payload.decode(), message.retain), "Retain As Published")
        peer.subscribe(root + "/r", options=SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE))
        message = peer.receive()
        equal(("live", True), (message.payload.decode(), message.retain), "Retain Handling 0")
        peer.publish(root + "/r", None, 1, True)


@scenario(V5)
def request_and_response(version):
    requests = unique("t")
    with Peer(version) as server, Peer(version) as client:
        def answer(peer, _data, message):
            props = properties(PacketTypes.PUBLISH, CorrelationData=message.properties.CorrelationData)
            peer.publish(message.properties.ResponseTopic, message.payload.decode().upper(), 1, properties=props)

        server.client.on_message = answer
        server.subscribe(requests, 1)
        replies = unique("t")
        client.subscribe(replies, 1)
        for number in range(10):
            props = properties(PacketTypes.PUBLISH, ResponseTopic=replies, CorrelationData=b"%d" % number)
            client.publish(requests, "question %d" % number, 1, props=props)
            message = client.receive()
            equal(("QUESTION %d" % number, b"%d" % number), (message.payload.decode(), message.properties.CorrelationData), "reply")


@scenario(V31, V311, V5)
def large_payload(version):
    topic = unique("t")
    payload = bytes(index * 31 >> 3 & 0xFF for index in range(200 * 1024))
    with Peer(version) as subscriber, Peer(version) as publisher:
        subscriber.subscribe(topic, 2)
        for qos in range(3):
            publisher.publish(topic, payload, qos)
            check(subscriber.receive().payload == payload, "the payload differs at QoS %d" % qos)


@scenario(V311)
def five_thousand_messages_at_each_qos_in_order(version):
    count = 5000
    with Peer(version) as subscriber, Peer(version) as publisher:
        for qos in range(3):
            topic = unique("t")
            subscriber.subscribe(topic, qos)
            received = []
            done = threading.Event()

            def handle(_client, _data, message):
                received.append(int(message.payload))
                if len(received) == count:
                    done.set()

            subscriber.client.on_message = handle
            for number in range(count):
                info = publisher.client.publish(topic, "%d" % number, qos)
                if number % 100 == 99:
                    # Paho queues without a bound of its own; QoS 0 has no other brake.
                    info.wait_for_publish(LIMIT)
            check(done.wait(LIMIT), "%d of %d at QoS %d" % (len(received), count, qos))
            equal(list(range(count)), received, "order at QoS %d" % qos)


@scenario(V5)
def assigned_client_identifier(version):
    first = Peer(version, "", connect=kept())
    assigned = first.properties.AssignedClientIdentifier
    check(assigned, "no identifier was assigned")
    first.disconnect()
    with Peer(version, assigned, clean=False, connect=kept()) as again:
        check(again.session_present, "the identifier does not name the session")


@scenario(V31, V311, V5)
def many_small_windows_of_a_slow_subscriber(version):
    topic = unique("t")
    connect = properties(PacketTypes.CONNECT, ReceiveMaximum=3) if version == V5 else None
    with Peer(version, connect=connect) as subscriber, Peer(version) as publisher:
        subscriber.subscribe(topic, 2)
        for number in range(200):
            info = publisher.client.publish(topic, "%d" % number, 1 + number % 2)
        info.wait_for_publish(LIMIT)
        received = [int(subscriber.receive_text()) for _ in range(200)]
        # The standard orders the messages of each QoS among themselves.
        equal(list(range(0, 200, 2)), [number for number in received if number % 2 == 0], "QoS 1")
        equal(list(range(1, 200, 2)), [number for number in received if number % 2 == 1], "QoS 2")


@scenario(V5)
def topic_alias_of_a_publisher(version):
    topic = unique("t")
    with Peer(version) as subscriber, Peer(version) as publisher:
        subscriber.subscribe(topic, 1)
        publisher.publish(topic, "1", 1, props=properties(PacketTypes.PUBLISH, TopicAlias=1))
        publisher.publish("", "2", 1, props=properties(PacketTypes.PUBLISH, TopicAlias=1))
        equal([(topic, "1"), (topic, "2")], [(m.topic, m.payload.decode()) for m in (subscriber.receive(), subscriber.receive())], "messages")


@scenario(V5)
def message_larger_than_the_client_allows_is_left_out(version):
    topic = unique("t")
    with Peer(version, connect=properties(PacketTypes.CONNECT, MaximumPacketSize=200)) as subscriber, Peer(version) as publisher:
        subscriber.subscribe(topic, 1)
        publisher.publish(topic, "x" * 1000, 1)
        publisher.publish(topic, "small", 1)
        equal("small", subscriber.receive_text(), "message")


@scenario(V5)
def invalid_filter_is_refused_alone(version):
    topic = unique("t")
    with Peer(version) as peer:
        equal([0x8F], peer.subscribe("$share/group", 1), "SUBACK")
        peer.subscribe(topic, 1)
        peer.publish(topic, "x", 1)
        equal("x", peer.receive_text(), "message")


def main():
    for function, versions in SCENARIOS:
        for version in versions:
            begun = time.monotonic()
            try:
                function(version)
                fault = None
            except Exception:  # whatever it is, it is the result of this scenario
                fault = traceback.format_exc()
            name = "%s %s" % (function.__name__, LABELS[version])
            print(json.dumps({"scenario": name, "fault": fault, "ms": round(1000 * (time.monotonic() - begun))}), flush=True)


main()
