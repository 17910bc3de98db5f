// error: sheaf: a sketch can be reduced to fewer bits, not to more

#ifdef BAD_TWIN
constexpr unsigned bits = 10;
#else
constexpr unsigned bits = 8;
#endif

auto reduce(const sheaf::ExaLogLog<1, 9>& sketch) { return sketch.reduced<bits>(4); }
