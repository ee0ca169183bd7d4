namespace Godwit.Client.Sessions;

/// <summary>A topic name as text and as on the wire; shared by the messages of the topic.</summary>
internal sealed class ReceivedTopic(string text, byte[] utf8)
{
    public string Text { get; } = text;

    public byte[] Utf8 { get; } = utf8;
}
