// A host for Aedes as a peer of the load: its defaults, except for what would cost it or make it drop.
import { createServer } from 'node:net'
import { Aedes } from 'aedes'

const port = Number(process.argv[2])
if (process.argv.length !== 3 || !Number.isInteger(port) || port < 1 || port > 65535) {
  console.error('usage: node server.mjs PORT')
  process.exit(2)
}

// The default disconnects a client that has not read for 60 s.
const broker = await Aedes.createBroker({ drainTimeout: 0 })
broker.on('clientError', (client, error) => console.error(`client ${client.id}: ${error.message}`))
broker.on('connectionError', (_, error) => console.error(`connection: ${error.message}`))
const server = createServer({ noDelay: true }, broker.handle)
server.listen({ port, host: '127.0.0.1', backlog: 4096 }, () => console.log('ready'))
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => process.exit(0))
}
