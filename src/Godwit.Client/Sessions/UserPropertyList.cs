using System.Text;
using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>User Properties between the wire and lists of strings.</summary>
internal static class UserPropertyList
{
    public static IReadOnlyList<MqttUserProperty> Read(scoped UserProperties properties)
    {
        if (properties.IsEmpty)
        {
            return [];
        }

        var list = new MqttUserProperty[properties.Count];
        var index = 0;
        foreach (var (name, value) in properties)
        {
            list[index++] = new MqttUserProperty(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(value));
        }

        return list;
    }

    public static byte[] Encode(IReadOnlyList<MqttUserProperty> properties)
    {
        if (properties.Count == 0)
        {
            return [];
        }

        var measure = PropertyWriter.Measure();
        Write(ref measure, properties);
        var bytes = new byte[measure.Length];
        var writer = new PropertyWriter(bytes);
        Write(ref writer, properties);
        return bytes;
    }

    public static void Write(ref PropertyWriter writer, IReadOnlyList<MqttUserProperty> properties)
    {
        for (var index = 0; index < properties.Count; index++)
        {
            writer.WriteUserProperty(properties[index].Name, properties[index].Value);
        }
    }
}
