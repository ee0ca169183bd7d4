namespace Godwit.Conformance.Statements;

/// <summary>Whom a statement binds.</summary>
public enum StatementSide
{
    /// <summary>Servers.</summary>
    Server,

    /// <summary>Clients.</summary>
    Client,

    /// <summary>Either side.</summary>
    Both,
}
