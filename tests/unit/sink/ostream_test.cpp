#include <sheaf/sink/ostream.hpp>

#include <sheaf/concepts.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <ios>
#include <sstream>
#include <stdexcept>
#include <streambuf>

namespace {

static_assert(sheaf::SynchronousSinkFor<sheaf::OstreamSink, sheaf::Completed<>>);
static_assert(sheaf::SynchronousSinkFor<sheaf::OstreamSink, sheaf::Incomplete<>>);
static_assert(!sheaf::ConsumingSinkFor<sheaf::OstreamSink, sheaf::Completed<>>);

/// Takes `room` characters, and counts flushes.
class SmallBuffer : public std::streambuf {
public:
    int room = 0;
    int flushes = 0;

protected:
    int_type overflow(int_type c) override { return room-- > 0 ? c : traits_type::eof(); }
    int sync() override {
        ++flushes;
        return 0;
    }
};

}  // namespace

TEST_CASE("OstreamSink writes one line an event and flushes it") {
    std::ostringstream stream;
    sheaf::OstreamSink sink{stream};
    sheaf::Completed<> completed;
    completed.id = 1;
    completed.output = {2, 3};
    sink.deliver(completed);
    sheaf::Incomplete<> incomplete;
    incomplete.id = 4;
    sink.deliver(incomplete);
    CHECK(stream.str() ==
          "{\"resource_id\":1,\"output\":[2,3],\"delivery_id\":\"/1/0\"}\n"
          "{\"resource_id\":4,\"reason\":\"cancelled\",\"missing\":[],\"last_index\":null,\"output\":[],"
          "\"chunks\":{},\"payloads\":{},\"delivery_id\":\"/4/0\"}\n");

    SmallBuffer buffer;
    buffer.room = 1000;
    std::ostream counted{&buffer};
    sheaf::OstreamSink{counted}.deliver(completed);
    CHECK(buffer.flushes == 1);
}

TEST_CASE("OstreamSink throws where the stream fails") {
    SmallBuffer buffer;
    buffer.room = 10;
    std::ostream stream{&buffer};
    sheaf::OstreamSink sink{stream};
    CHECK_THROWS_WITH_AS(sink.deliver(sheaf::Completed<>{}), "sheaf: OstreamSink: the stream failed",
                         std::runtime_error);
    buffer.room = 1000;
    CHECK_THROWS_AS(sink.deliver(sheaf::Completed<>{}), std::runtime_error);  // failed until it is cleared
    stream.clear();
    CHECK_NOTHROW(sink.deliver(sheaf::Completed<>{}));
    stream.clear();
    stream.exceptions(std::ios::badbit | std::ios::failbit);
    buffer.room = 0;
    CHECK_THROWS_AS(sink.deliver(sheaf::Completed<>{}), std::ios_base::failure);
}

TEST_CASE("OstreamSink sees a full disk at once, because it flushes") {
    std::ofstream full{"/dev/full"};
    if (!full) {
        MESSAGE("SKIPPED: there is no /dev/full here");
        return;
    }
    sheaf::OstreamSink sink{full};
    CHECK_THROWS_AS(sink.deliver(sheaf::Completed<>{}), std::runtime_error);
}
