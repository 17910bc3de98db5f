// error: sheaf: elements are moved as bytes

#ifdef BAD_TWIN
using Element = std::unique_ptr<int>;
#else
using Element = int*;
#endif

static_assert(sizeof(sheaf::core::TwoEndedArray<Element, std::allocator<Element>>) > 0);
