using Godwit.Client;
using Godwit.Protocol;

await using var client = await MqttClient.ConnectAsync(args is [var url] ? url : "mqtt://127.0.0.1");
var result = await client.PublishAsync("garden/temperature", "21.5", QualityOfService.AtLeastOnce);
Console.WriteLine($"garden/temperature: {result}");
