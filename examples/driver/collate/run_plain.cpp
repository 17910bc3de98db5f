// The collator for sources that want nothing back.

#include "collation_run.hpp"

#include <sheaf/executor/inline_executor.hpp>
#include <sheaf/executor/thread_pool.hpp>

namespace driver {

int run_plain_collation(const CollateSettings& settings,
                        Source& source,
                        ResultSink& sink,
                        Diagnostics& diagnostics) {
    using Traits = sheaf::DefaultTraits;
    if (settings.threads == 0) {
        return run_collation<Traits>(settings, source, sink, diagnostics, sheaf::InlineExecutor{});
    }
    return run_collation<Traits>(settings, source, sink, diagnostics, sheaf::ThreadPool{settings.threads});
}

}  // namespace driver
