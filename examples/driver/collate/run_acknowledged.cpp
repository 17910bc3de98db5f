// The collator for sources that want their positions back.

#include "collation_run.hpp"

#include <sheaf/executor/inline_executor.hpp>
#include <sheaf/executor/thread_pool.hpp>

namespace driver {
namespace {

struct AcknowledgedTraits : sheaf::DefaultTraits {
    using receipt = Position;
};

}  // namespace

int run_acknowledged_collation(const CollateSettings& settings,
                               Source& source,
                               ResultSink& sink,
                               Diagnostics& diagnostics) {
    if (settings.threads == 0) {
        return run_collation<AcknowledgedTraits>(settings, source, sink, diagnostics,
                                                 sheaf::InlineExecutor{});
    }
    return run_collation<AcknowledgedTraits>(settings, source, sink, diagnostics,
                                             sheaf::ThreadPool{settings.threads});
}

}  // namespace driver
