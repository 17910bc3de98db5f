// error: (nodiscard|unused-result)

sheaf::Outcome submit();

void feed() {
#ifdef BAD_TWIN
    submit();
#else
    if (submit().rejected()) { feed(); }
#endif
}
