using System.Runtime.CompilerServices;

// The kernel is called with pointers and plain integers only, so no marshalling stub has to exist.
[assembly: DisableRuntimeMarshalling]
