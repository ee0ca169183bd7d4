namespace Godwit.Testing;

/// <summary>Raw connections to a <see cref="BrokerProcess"/>.</summary>
public static class RawMqttClientExtensions
{
    extension(RawMqttClient client)
    {
        /// <summary>Opens the TCP connection and says nothing.</summary>
        /// <param name="broker">The broker.</param>
        /// <param name="version">How packets from the broker are read.</param>
        /// <param name="receiveBuffer">Size of the socket's receive buffer in bytes, for a client that will not read; 0 for the default.</param>
        public static Task<RawMqttClient> OpenAsync(BrokerProcess broker, MqttVersion version = MqttVersion.V50, int receiveBuffer = 0) =>
            RawMqttClient.OpenAsync(broker.Address, version, receiveBuffer);

        /// <summary>Opens a connection and expects the broker to accept the CONNECT.</summary>
        public static Task<RawMqttClient> ConnectAsync(BrokerProcess broker, ConnectFields fields, int receiveBuffer = 0) =>
            RawMqttClient.ConnectAsync(broker.Address, fields, receiveBuffer);

        /// <summary>Opens a connection with a clean session and, unless one is given, a client identifier of its own.</summary>
        public static Task<RawMqttClient> ConnectAsync(BrokerProcess broker, MqttVersion version, string? clientId = null) =>
            RawMqttClient.ConnectAsync(broker.Address, version, clientId);

        /// <summary>As <see cref="RawMqttClient.ExpectRefusalAsync"/>; of mosquitto only the end of the connection is expected.</summary>
        public async Task ExpectDisconnectAsync(params int[] reasonCodes)
        {
            if (!TestBroker.IsMosquitto)
            {
                await client.ExpectRefusalAsync(reasonCodes);
                return;
            }

            // mosquitto 2.0.11 has its own codes, and often none.
            while (await client.TryReceiveAsync() is { } last)
            {
                if (last.Type != PacketType.Disconnect || last.ReasonCode < 0x80)
                {
                    throw new MqttExpectationException($"expected the end of the connection, got {last}");
                }
            }
        }
    }
}
