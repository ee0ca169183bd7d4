// Scenarios with MQTT.js. Called with a port; prints one JSON line per scenario and version.
// Nothing here sleeps: each step waits for an event of the broker, with a time limit.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import mqtt from 'mqtt';

const url = `mqtt://127.0.0.1:${Number(process.argv[2])}`;
const limit = 20_000;
const labels = { 3: '3.1', 4: '3.1.1', 5: '5.0' };
const run = (Date.now() & 0xfffffff).toString(16);
const scenarios = [];
let last = 0;

function scenario(name, versions, body) {
  scenarios.push({ name, versions, body });
}

const unique = (prefix) => `${prefix}j${run}${++last}`;

function timed(promise, what) {
  let timer;
  const expired = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${limit} ms`)), limit);
  });
  return Promise.race([promise, expired]).finally(() => clearTimeout(timer));
}

/** A client that keeps what arrives until somebody asks for it. */
class Peer {
  #messages = [];
  #waiting = [];

  static async open(version, options = {}) {
    const peer = new Peer();
    const session = version === 5 && options.clean === false
      ? { properties: { sessionExpiryInterval: 60, ...options.properties } }
      : {};
    peer.client = mqtt.connect(url, {
      clientId: unique('c'),
      protocolVersion: version,
      protocolId: version === 3 ? 'MQIsdp' : 'MQTT',
      reconnectPeriod: 0,
      resubscribe: false,
      clean: true,
      ...options,
      ...session,
    });
    // Without this each small packet waits for the acknowledgement of the one before.
    peer.client.stream?.setNoDelay?.(true);
    peer.client.on('message', (topic, payload, packet) => peer.#push({ topic, text: payload.toString(), payload, packet }));
    peer.lost = new Promise((resolve) => { peer.client.on('disconnect', resolve); });
    peer.closed = once(peer.client, 'close');
    [peer.connack] = await timed(once(peer.client, 'connect'), 'CONNACK');
    return peer;
  }

  #push(message) {
    const waiting = this.#waiting.shift();
    if (waiting) {
      waiting(message);
    } else {
      this.#messages.push(message);
    }
  }

  receive() {
    if (this.#messages.length > 0) {
      return this.#messages.shift();
    }

    return timed(new Promise((resolve) => { this.#waiting.push(resolve); }), 'a message');
  }

  async receiveMany(count) {
    const messages = [];
    while (messages.length < count) {
      messages.push(await this.receive());
    }

    return messages;
  }

  async subscribe(filter, options = { qos: 0 }) {
    const granted = await timed(this.client.subscribeAsync(filter, options), 'SUBACK');
    return granted[0]?.qos;
  }

  publish(topic, payload, options = {}) {
    return timed(this.client.publishAsync(topic, payload, options), 'an acknowledgement');
  }

  end() {
    return timed(this.client.endAsync(), 'the end');
  }

  /** The network goes away without a word. */
  lose() {
    this.client.stream.destroy();
  }
}

async function withPeers(version, count, body) {
  const peers = await Promise.all(Array.from({ length: count }, () => Peer.open(version)));
  try {
    await body(...peers);
  } finally {
    await Promise.all(peers.map((peer) => peer.client.endAsync(true)));
  }
}

scenario('publish_and_subscribe_at_each_qos', [3, 4, 5], (version) => withPeers(version, 4, async (publisher, ...subscribers) => {
  const topic = unique('t');
  for (const granted of [0, 1, 2]) {
    assert.equal(await subscribers[granted].subscribe(topic, { qos: granted }), granted);
  }

  for (const qos of [0, 1, 2]) {
    await publisher.publish(topic, `q${qos}`, { qos });
    for (const granted of [0, 1, 2]) {
      const message = await subscribers[granted].receive();
      assert.deepEqual([message.text, message.packet.qos, message.packet.retain], [`q${qos}`, Math.min(qos, granted), false]);
    }
  }
}));

scenario('wildcards', [3, 4, 5], (version) => withPeers(version, 1, async (peer) => {
  const root = unique('t');
  await peer.subscribe(`${root}/+/temperature`, { qos: 1 });
  await peer.subscribe(`${root}/cellar/#`, { qos: 1 });
  for (const topic of ['/kitchen/humidity', '/kitchen/temperature', '/cellar', '/cellar/box/1', '/attic/box/temperature', '/end/temperature']) {
    await peer.publish(root + topic, topic, { qos: 1 });
  }

  assert.deepEqual((await peer.receiveMany(4)).map((message) => message.text), ['/kitchen/temperature', '/cellar', '/cellar/box/1', '/end/temperature']);
}));

scenario('retained_set_replace_and_clear', [3, 4, 5], (version) => withPeers(version, 2, async (peer, late) => {
  const root = unique('t');
  for (const name of ['a', 'b', 'c']) {
    await peer.publish(`${root}/${name}`, `old ${name}`, { qos: 1, retain: true });
    await peer.publish(`${root}/${name}`, name, { qos: 1, retain: true });
  }

  await peer.publish(`${root}/b`, '', { qos: 1, retain: true });
  await late.subscribe(`${root}/+`, { qos: 1 });
  const messages = await late.receiveMany(2);
  assert.deepEqual(messages.map((message) => message.text).sort(), ['a', 'c']);
  assert.ok(messages.every((message) => message.packet.retain));
  await late.publish(`${root}/end`, 'end', { qos: 1 });
  assert.equal((await late.receive()).text, 'end');
}));

scenario('will_after_a_lost_connection_and_none_after_disconnect', [3, 4, 5], (version) => withPeers(version, 1, async (watcher) => {
  const topic = unique('t');
  await watcher.subscribe(topic, { qos: 2 });
  const polite = await Peer.open(version, { will: { topic, payload: Buffer.from('never'), qos: 1, retain: false } });
  await polite.end();
  const abrupt = await Peer.open(version, { will: { topic, payload: Buffer.from('gone'), qos: 2, retain: false } });
  abrupt.lose();
  const message = await watcher.receive();
  assert.deepEqual([message.text, message.packet.qos], ['gone', 2]);
}));

scenario('delayed_will_is_dropped_when_the_client_returns', [5], (version) => withPeers(version, 1, async (watcher) => {
  const topic = unique('t');
  await watcher.subscribe(topic, { qos: 1 });
  const will = (payload) => ({ topic, payload: Buffer.from(payload), qos: 1, retain: false, properties: { willDelayInterval: 1, userProperties: { who: payload } } });
  const options = { clientId: unique('c'), clean: false };
  const first = await Peer.open(version, { ...options, will: will('never') });
  first.lose();
  await first.closed;
  const again = await Peer.open(version, options);
  const other = await Peer.open(version, { clean: false, will: will('late') });
  other.lose();
  const message = await watcher.receive();
  assert.equal(message.text, 'late');
  assert.equal(message.packet.properties.userProperties.who, 'late');
  await again.end();
}));

scenario('offline_messages_of_a_kept_session', [3, 4, 5], (version) => withPeers(version, 1, async (publisher) => {
  const topic = unique('t');
  const options = { clientId: unique('c'), clean: false };
  const first = await Peer.open(version, options);
  assert.equal(Boolean(first.connack.sessionPresent), false);
  await first.subscribe(topic, { qos: 2 });
  await first.end();
  for (let number = 0; number < 50; number++) {
    await publisher.publish(topic, `${number}`, { qos: 1 + (number % 2) });
  }

  const again = await Peer.open(version, options);
  assert.equal(Boolean(again.connack.sessionPresent), version !== 3);
  const received = (await again.receiveMany(50)).map((message) => Number(message.text));
  for (const parity of [0, 1]) {
    assert.deepEqual(received.filter((number) => number % 2 === parity), Array.from({ length: 25 }, (_, index) => (2 * index) + parity));
  }

  await again.end();
}));

scenario('session_expiry_0_ends_the_session', [5], async (version) => {
  const options = { clientId: unique('c'), clean: false };
  const first = await Peer.open(version, options);
  await first.client.endAsync(false, { properties: { sessionExpiryInterval: 0 } });
  const second = await Peer.open(version, options);
  assert.equal(Boolean(second.connack.sessionPresent), false);
  await second.end();
  const third = await Peer.open(version, options);
  assert.equal(Boolean(third.connack.sessionPresent), true);
  await third.end();
});

scenario('takeover', [4, 5], async (version) => {
  const clientId = unique('c');
  const first = await Peer.open(version, { clientId });
  const second = await Peer.open(version, { clientId });
  if (version === 5) {
    assert.equal((await timed(first.lost, 'DISCONNECT')).reasonCode, 0x8e);
  }

  await timed(first.closed, 'the close');
  const topic = unique('t');
  await second.subscribe(topic, { qos: 1 });
  await second.publish(topic, 'mine', { qos: 1 });
  assert.equal((await second.receive()).text, 'mine');
  await second.end();
});

scenario('shared_subscription_delivers_each_message_once', [5], (version) => withPeers(version, 4, async (publisher, ...members) => {
  const topic = unique('t');
  const count = 300;
  const received = [];
  const counts = [0, 0, 0];
  let complete;
  const all = new Promise((resolve) => { complete = resolve; });
  for (const [index, member] of members.entries()) {
    member.client.on('message', (_, payload) => {
      counts[index]++;
      received.push(Number(payload));
      if (received.length === count) {
        complete();
      }
    });
    await member.subscribe(`$share/group/${topic}`, { qos: 1 });
  }

  await Promise.all(Array.from({ length: count }, (_, number) => publisher.publish(topic, `${number}`, { qos: 1 })));
  await timed(all, 'the last message');
  await Promise.all(members.map((member) => member.end()));
  assert.deepEqual(received.sort((left, right) => left - right), Array.from({ length: count }, (_, number) => number));
  assert.ok(Math.min(...counts) > count / 12, `uneven: ${counts}`);
}));

scenario('message_properties_pass_unchanged', [5], (version) => withPeers(version, 2, async (peer, late) => {
  const topic = unique('t');
  const correlationData = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  const fixed = { payloadFormatIndicator: true, contentType: 'application/json', responseTopic: 'reply/to/me', correlationData };
  const user = { z: ['1', '3'], a: '2' };
  const verify = (message) => {
    const { messageExpiryInterval, userProperties, ...rest } = message.packet.properties;
    assert.ok(messageExpiryInterval > 900 && messageExpiryInterval <= 1000);
    assert.deepEqual(rest, fixed);
    assert.deepEqual({ ...userProperties }, user);
  };
  await peer.subscribe(topic, { qos: 2 });
  for (const qos of [0, 1, 2]) {
    await peer.publish(topic, 'x', { qos, retain: true, properties: { ...fixed, messageExpiryInterval: 1000, userProperties: user } });
    verify(await peer.receive());
  }

  await late.subscribe(topic, { qos: 0 });
  verify(await late.receive());
  await late.publish(topic, '', { retain: true });
}));

scenario('subscription_identifiers', [5], (version) => withPeers(version, 1, async (peer) => {
  const root = unique('t');
  await peer.subscribe(`${root}/a`, { qos: 1, properties: { subscriptionIdentifier: 5 } });
  await peer.subscribe(`${root}/b`, { qos: 1, properties: { subscriptionIdentifier: 268_435_455 } });
  await peer.subscribe(`${root}/c`, { qos: 1 });
  const identifiers = [];
  for (const name of ['a', 'b', 'c']) {
    await peer.publish(`${root}/${name}`, 'x', { qos: 1 });
    identifiers.push((await peer.receive()).packet.properties?.subscriptionIdentifier);
  }

  assert.deepEqual(identifiers, [5, 268_435_455, undefined]);
}));

scenario('overlapping_subscriptions_name_all_identifiers', [5], (version) => withPeers(version, 1, async (peer) => {
  const root = unique('t');
  await peer.subscribe(`${root}/a`, { qos: 1, properties: { subscriptionIdentifier: 5 } });
  await peer.subscribe(`${root}/+`, { qos: 2, properties: { subscriptionIdentifier: 6 } });
  await peer.publish(`${root}/a`, 'x', { qos: 2 });
  const message = await peer.receive();
  assert.equal(message.packet.qos, 2);
  assert.deepEqual([...message.packet.properties.subscriptionIdentifier].sort(), [5, 6]);
}));

scenario('subscription_options', [5], (version) => withPeers(version, 2, async (peer, other) => {
  const root = unique('t');
  await peer.publish(`${root}/r`, 'retained', { qos: 1, retain: true });
  await peer.subscribe(`${root}/r`, { qos: 1, rh: 2 });
  await peer.subscribe(`${root}/local`, { qos: 1, nl: true });
  await peer.publish(`${root}/local`, 'mine', { qos: 1 });
  await other.publish(`${root}/local`, 'theirs', { qos: 1 });
  assert.equal((await peer.receive()).text, 'theirs');
  await peer.subscribe(`${root}/r`, { qos: 1, rap: true, rh: 1 });
  await other.publish(`${root}/r`, 'live', { qos: 1, retain: true });
  let message = await peer.receive();
  assert.deepEqual([message.text, message.packet.retain], ['live', true]);
  await peer.subscribe(`${root}/r`, { qos: 1, rh: 0 });
  message = await peer.receive();
  assert.deepEqual([message.text, message.packet.retain], ['live', true]);
  await peer.publish(`${root}/r`, '', { retain: true });
}));

scenario('topic_aliases_of_a_publisher', [5], async (version) => {
  const topics = [unique('t'), unique('t')];
  const subscriber = await Peer.open(version);
  const publisher = await Peer.open(version, { autoAssignTopicAlias: true, autoUseTopicAlias: true });
  assert.ok(publisher.connack.properties.topicAliasMaximum >= 2);
  for (const topic of topics) {
    await subscriber.subscribe(topic, { qos: 1 });
  }

  const sent = [];
  let short = 0;
  publisher.client.on('packetsend', (packet) => { short += packet.cmd === 'publish' && packet.topic === '' ? 1 : 0; });
  for (let number = 0; number < 12; number++) {
    const topic = topics[number % 2];
    sent.push([topic, `${number}`]);
    await publisher.publish(topic, `${number}`, { qos: 1 });
  }

  assert.deepEqual((await subscriber.receiveMany(12)).map((message) => [message.topic, message.text]), sent);
  assert.ok(short > 0, 'no topic was left out');
  await Promise.all([subscriber.end(), publisher.end()]);
});

scenario('topic_aliases_for_a_subscriber', [5], async (version) => {
  const topic = unique('t');
  const subscriber = await Peer.open(version, { properties: { topicAliasMaximum: 5 } });
  const publisher = await Peer.open(version);
  await subscriber.subscribe(topic, { qos: 1 });
  let aliases = 0;
  subscriber.client.on('packetreceive', (packet) => { aliases += packet.cmd === 'publish' && packet.properties?.topicAlias ? 1 : 0; });
  for (let number = 0; number < 10; number++) {
    await publisher.publish(topic, `${number}`, { qos: number % 2 });
  }

  assert.deepEqual((await subscriber.receiveMany(10)).map((message) => message.topic), Array(10).fill(topic));
  assert.ok(aliases > 0, 'the broker used no alias');
  await Promise.all([subscriber.end(), publisher.end()]);
});

scenario('request_and_response', [5], (version) => withPeers(version, 2, async (server, client) => {
  const requests = unique('t');
  const replies = unique('t');
  server.client.on('message', (_, payload, packet) => {
    const { responseTopic, correlationData } = packet.properties;
    server.client.publish(responseTopic, payload.toString().toUpperCase(), { qos: 1, properties: { correlationData } });
  });
  await server.subscribe(requests, { qos: 1 });
  await client.subscribe(replies, { qos: 1 });
  for (let number = 0; number < 10; number++) {
    await client.publish(requests, `question ${number}`, { qos: 1, properties: { responseTopic: replies, correlationData: Buffer.from(`${number}`) } });
    const message = await client.receive();
    assert.deepEqual([message.text, message.packet.properties.correlationData.toString()], [`QUESTION ${number}`, `${number}`]);
  }
}));

scenario('large_payload', [3, 4, 5], (version) => withPeers(version, 2, async (subscriber, publisher) => {
  const topic = unique('t');
  const payload = Buffer.alloc(200 * 1024, 'some text that repeats; ');
  await subscriber.subscribe(topic, { qos: 2 });
  for (const qos of [0, 1, 2]) {
    await publisher.publish(topic, payload, { qos });
    assert.ok((await subscriber.receive()).payload.equals(payload));
  }
}));

scenario('five_thousand_messages_at_each_qos_in_order', [5], (version) => withPeers(version, 2, async (subscriber, publisher) => {
  // MQTT.js leaves it to its user to keep to the broker's Receive Maximum.
  const count = 5000;
  const window = Math.min(100, publisher.connack.properties?.receiveMaximum ?? 100);
  for (const qos of [0, 1, 2]) {
    const topic = unique('t');
    await subscriber.subscribe(topic, { qos });
    const received = [];
    const all = (async () => {
      while (received.length < count) {
        received.push(Number((await subscriber.receive()).text));
      }
    })();
    for (let start = 0; start < count; start += window) {
      await Promise.all(Array.from({ length: Math.min(window, count - start) }, (_, index) => publisher.publish(topic, `${start + index}`, { qos })));
    }

    await all;
    assert.deepEqual(received, Array.from({ length: count }, (_, number) => number), `QoS ${qos}`);
  }
}));

scenario('assigned_client_identifier', [5], async (version) => {
  const first = await Peer.open(version, { clientId: '', clean: true, properties: { sessionExpiryInterval: 60 } });
  const assigned = first.connack.properties.assignedClientIdentifier;
  assert.ok(assigned);
  await first.end();
  const again = await Peer.open(version, { clientId: assigned, clean: false });
  assert.equal(Boolean(again.connack.sessionPresent), true);
  await again.end();
});

scenario('receive_maximum_of_a_subscriber', [5], async (version) => {
  const topic = unique('t');
  const subscriber = await Peer.open(version, { properties: { receiveMaximum: 4 } });
  const publisher = await Peer.open(version);
  await subscriber.subscribe(topic, { qos: 1 });
  let unanswered = 0;
  let most = 0;
  subscriber.client.on('packetreceive', (packet) => { most = Math.max(most, unanswered += packet.cmd === 'publish' ? 1 : 0); });
  subscriber.client.on('packetsend', (packet) => { unanswered -= packet.cmd === 'puback' ? 1 : 0; });
  await Promise.all(Array.from({ length: 300 }, (_, number) => publisher.publish(topic, `${number}`, { qos: 1 })));
  assert.deepEqual((await subscriber.receiveMany(300)).map((message) => Number(message.text)), Array.from({ length: 300 }, (_, number) => number));
  assert.ok(most <= 4, `${most} in flight`);
  await Promise.all([subscriber.end(), publisher.end()]);
});

scenario('maximum_packet_size_of_a_subscriber', [5], async (version) => {
  const topic = unique('t');
  const subscriber = await Peer.open(version, { properties: { maximumPacketSize: 200 } });
  await subscriber.subscribe(topic, { qos: 1 });
  const publisher = await Peer.open(version);
  await publisher.publish(topic, 'x'.repeat(1000), { qos: 1 });
  await publisher.publish(topic, 'small', { qos: 1 });
  assert.equal((await subscriber.receive()).text, 'small');
  await Promise.all([subscriber.end(), publisher.end()]);
});

scenario('keep_alive_is_answered', [5], async (version) => {
  const peer = await Peer.open(version, { keepalive: 1 });
  const pong = new Promise((resolve) => { peer.client.on('packetreceive', (packet) => { if (packet.cmd === 'pingresp') { resolve(); } }); });
  await timed(pong, 'PINGRESP');
  await peer.end();
});

for (const { name, versions, body } of scenarios) {
  for (const version of versions) {
    const begun = performance.now();
    let fault = null;
    try {
      await timed(body(version), 'the scenario');
    } catch (error) {
      fault = error.stack ?? String(error);
    }

    console.log(JSON.stringify({ scenario: `${name} ${labels[version]}`, fault, ms: Math.round(performance.now() - begun) }));
  }
}

process.exit(0);
