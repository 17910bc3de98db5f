// error: (nodiscard|unused-result)

sheaf::BatchOutcome submit();

void feed() {
#ifdef BAD_TWIN
    submit();
#else
    if (submit().rejected != 0) { feed(); }
#endif
}
