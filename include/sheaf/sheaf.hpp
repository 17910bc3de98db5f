#pragma once

// Everything but the connectors. Each header can also be included alone.

#include <sheaf/acknowledgement.hpp>
#include <sheaf/collation/concatenate.hpp>
#include <sheaf/collation/fold.hpp>
#include <sheaf/collation/keep_chunks.hpp>
#include <sheaf/completion.hpp>
#include <sheaf/concepts.hpp>
#include <sheaf/config.hpp>
#include <sheaf/events.hpp>
#include <sheaf/executor/inline_executor.hpp>
#include <sheaf/executor/manual_executor.hpp>
#include <sheaf/executor/thread_pool.hpp>
#include <sheaf/fwd.hpp>
#include <sheaf/keyed_hash.hpp>
#include <sheaf/options.hpp>
#include <sheaf/outcome.hpp>
#include <sheaf/packet.hpp>
#include <sheaf/packet_collator.hpp>
#include <sheaf/shared_payload.hpp>
#include <sheaf/sink/collecting.hpp>
#include <sheaf/sink/dead_letter.hpp>
#include <sheaf/sink/directory.hpp>
#include <sheaf/sink/handlers.hpp>
#include <sheaf/sink/ostream.hpp>
#include <sheaf/sink/result_text.hpp>
#include <sheaf/sink/serialized.hpp>
#include <sheaf/sink/tee.hpp>
#include <sheaf/sink/with_receipts.hpp>
#include <sheaf/statistics.hpp>
#include <sheaf/threading.hpp>
#include <sheaf/traits.hpp>
#include <sheaf/transform/identity.hpp>
#include <sheaf/transform/word_lengths.hpp>
#include <sheaf/version.hpp>
