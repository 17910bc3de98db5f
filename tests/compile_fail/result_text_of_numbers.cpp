// error: sheaf: the text form of a result needs outputs and chunks that are ranges of integers

#ifdef BAD_TWIN
using Output = std::string;
#else
using Output = std::vector<int>;
#endif

void put(std::string& out, const sheaf::Completed<Output>& event) { sheaf::append_json(out, event); }
