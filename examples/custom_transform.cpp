// A transform of your own: anything callable as `chunk operator()(std::span<const std::byte>) const`.
//
// It is called once for each packet, on the executor's threads, concurrently and with no lock held. It may
// block and it may throw. What it returns is the chunk; here a std::string, so the output of a resource is a
// std::string too. A call that throws is tried again as the options say; when the attempts are used up, the
// resource ends as `Incomplete`, with the payload as it came.

#include <sheaf/sheaf.hpp>

#include <atomic>
#include <cctype>
#include <chrono>
#include <exception>
#include <functional>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>

namespace {

/// Stands for a client of a service that answers in capitals, cannot be reached now and then, and refuses some
/// texts. What its calls share must bear concurrent calls.
class Capitals {
public:
    std::string operator()(std::span<const std::byte> payload) const {
        std::string text{reinterpret_cast<const char*>(payload.data()), payload.size()};
        if (text == "flaky " && !has_failed_.exchange(true)) { throw std::runtime_error{"connection reset"}; }
        for (char& c : text) {
            if (c == '?') { throw std::invalid_argument{"no capital of '?'"}; }
            c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        }
        return text;
    }

private:
    mutable std::atomic<bool> has_failed_{false};
};

std::string what(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) { return e.what(); }
}

}  // namespace

int main() {
    using namespace std::chrono_literals;

    Capitals capitals;
    sheaf::CollectingSink<std::string> results;
    // Policies are held by value, or borrowed by std::ref from objects that outlive the collator.
    sheaf::PacketCollator collator{
        std::ref(capitals),
        std::ref(results),
        sheaf::ThreadPool{4},
        {.transform_timeout = 30s, .transform_attempts = 2, .transform_backoff = {.initial = 1ms}}};

    sheaf::Packet<> packets[] = {
        {.resource_id = 1, .index = 1, .payload = "flaky "},
        {.resource_id = 1, .index = 0, .payload = "the "},
        {.resource_id = 1, .index = 2, .payload = "service", .last = true},
        {.resource_id = 2, .index = 0, .payload = "is it"},
        {.resource_id = 2, .index = 1, .payload = "?", .last = true},
    };
    const auto counts = collator.submit(packets);
    const auto report = collator.drain(10s);

    for (const auto& result : results.completed()) {
        std::cout << "resource " << result.id << ": " << result.output << '\n';
    }
    for (const auto& rest : results.incomplete()) {
        std::cout << "resource " << rest.id << " is incomplete, " << to_string(rest.reason) << ": "
                  << what(rest.error) << '\n'
                  << "  collated so far: " << rest.output << '\n';
        for (const auto& packet : rest.payloads) {
            std::cout << "  payload of packet " << packet.index << ": " << packet.payload.bytes().size()
                      << " byte\n";
        }
    }
    std::cout << counts.accepted << " packets accepted, " << report.statistics.transform_failures
              << " attempts failed\n";
}
