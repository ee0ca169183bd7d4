using Xunit.Sdk;
using Xunit.v3;

// Whole programs on two cores: one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
