// What all sources here see; they include nothing themselves. Precompiled, because to parse it takes longer than all else.

#include <sheaf/collation/fold.hpp>
#include <sheaf/collation/keep_chunks.hpp>
#include <sheaf/distinct/exaloglog.hpp>
#include <sheaf/distinct/zone.hpp>
#include <sheaf/executor/manual_executor.hpp>
#include <sheaf/executor/thread_pool.hpp>
#include <sheaf/merge/streaming_merge.hpp>
#include <sheaf/packet_collator.hpp>
#include <sheaf/sink/collecting.hpp>
#include <sheaf/sink/handlers.hpp>
#include <sheaf/sink/result_text.hpp>
#include <sheaf/sink/tee.hpp>
#include <sheaf/sink/with_receipts.hpp>
#include <sheaf/transform/identity.hpp>
#include <sheaf/transform/word_lengths.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>
