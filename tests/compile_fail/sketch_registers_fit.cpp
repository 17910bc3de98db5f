// error: sheaf: an ExaLogLog has T of at most 3 and registers of at most 32 bits

#ifdef BAD_TWIN
using Sketch = sheaf::ExaLogLog<2, 25>;
#else
using Sketch = sheaf::ExaLogLog<2, 24>;
#endif

Sketch make() { return Sketch{12}; }
