// error: sheaf: StreamingMerge holds arrays of values

#ifdef BAD_TWIN
using Value = bool;
#else
using Value = char;
#endif

void merge() { static_cast<void>(sheaf::StreamingMerge<Value>{2}); }
