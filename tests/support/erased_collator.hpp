#pragma once

#include <sheaf/sheaf.hpp>

#include <collator_fixtures.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

/// A `PacketCollator` of texts that hides the types of its transform and its sink, so that test cases that differ in
/// their lambdas alone share one instantiation, which most often is compiled in erased_collator.cpp once and for all.
/// Only compile time is saved: what `PacketCollator` decides by the types of its policies comes out as it would
/// without. Policies for which it would not (asynchronous ones, sinks that take events over, that have a dead letter or
/// that release receipts) are refused; their tests use `sheaf::PacketCollator` itself.

namespace test {

template <class Transform>
concept PlainTextTransform =
    sheaf::SynchronousTransform<Transform> && std::same_as<sheaf::transform_chunk_t<Transform>, std::string>;

template <class Sink, class Event>
concept PlainSinkFor = sheaf::SynchronousSinkFor<Sink, Event> && !sheaf::ConsumingSinkFor<Sink, Event> &&
                       !sheaf::DeadLetterSinkFor<Sink, Event>;
template <class Sink>
concept PlainTextSink = PlainSinkFor<Sink, TextCompleted> && PlainSinkFor<Sink, TextIncomplete>;

/// Transform: calls the one that it was made from, a copyable one.
class AnyText {
public:
    template <PlainTextTransform Transform>
        requires(!std::same_as<Transform, AnyText>)
    AnyText(Transform transform)  // NOLINT(google-explicit-constructor): stands where a transform is given
        : call_{std::move(transform)} {}

    [[nodiscard]] std::string operator()(std::span<const std::byte> payload) const { return call_(payload); }

private:
    std::function<std::string(std::span<const std::byte>)> call_;
};

/// Sink: hands events to the one that it was made from, or that `std::ref` has lent it. Throws: what that throws.
class AnySink {
public:
    template <class Sink>
        requires(!std::same_as<Sink, AnySink> && PlainTextSink<sheaf::detail::unwrapped_t<Sink>>)
    AnySink(Sink sink)  // NOLINT(google-explicit-constructor): stands where a sink is given
        : receiver_{std::make_unique<ReceiverOf<Sink>>(std::move(sink))} {}

    void deliver(const TextCompleted& event) { receiver_->deliver(event); }
    void deliver(const TextIncomplete& event) { receiver_->deliver(event); }

private:
    class Receiver {
    public:
        Receiver() = default;
        Receiver(const Receiver&) = delete;
        Receiver& operator=(const Receiver&) = delete;
        virtual ~Receiver() = default;
        virtual void deliver(const TextCompleted& event) = 0;
        virtual void deliver(const TextIncomplete& event) = 0;
    };

    template <class Sink>
    class ReceiverOf final : public Receiver {
    public:
        explicit ReceiverOf(Sink sink)
            : sink_{std::move(sink)} {}
        void deliver(const TextCompleted& event) override { sheaf::detail::unwrap(sink_).deliver(event); }
        void deliver(const TextIncomplete& event) override { sheaf::detail::unwrap(sink_).deliver(event); }

    private:
        Sink sink_;
    };

    std::unique_ptr<Receiver> receiver_;
};

/// `sheaf::PacketCollator` of these two; the types of executor and traits are deduced, as there.
///
///     test::Collator collator{test::Text{}, std::ref(sink), sheaf::ThreadPool{1}, {.max_transforms = 1}};
template <class Executor = sheaf::InlineExecutor, class Traits = sheaf::DefaultTraits>
class Collator : public sheaf::PacketCollator<AnyText, AnySink, Executor, Traits> {
public:
    explicit Collator(AnyText transform,
                      AnySink sink,
                      Executor executor = Executor{},
                      sheaf::Options options = {},
                      sheaf::TraitsTag<Traits> tag = {});
    Collator(const Collator&) = delete;
    Collator& operator=(const Collator&) = delete;
    ~Collator();
};

// Outside of the class, and so not inline: of what is inline, `extern template` keeps no compiler from making a copy
// in each file, together with all that it calls.
template <class Executor, class Traits>
Collator<Executor, Traits>::Collator(
    AnyText transform, AnySink sink, Executor executor, sheaf::Options options, sheaf::TraitsTag<Traits> tag)
    : sheaf::PacketCollator<AnyText, AnySink, Executor, Traits>{
          std::move(transform), std::move(sink), std::move(executor), std::move(options), tag} {}
template <class Executor, class Traits>
Collator<Executor, Traits>::~Collator() = default;

}  // namespace test

// What more than one file uses is compiled in erased_collator.cpp, which leaves out the `extern`: these collators, and
// the engines of others.
#ifndef TEST_COLLATOR_LINKAGE
#    define TEST_COLLATOR_LINKAGE extern
#endif
#define TEST_ENGINE(traits)                                                        \
    TEST_COLLATOR_LINKAGE template class sheaf::core::Engine<traits, std::string>; \
    TEST_COLLATOR_LINKAGE template class sheaf::core::EventMaker<traits, std::string>
#define TEST_COLLATOR(executor, traits)                                                                      \
    TEST_COLLATOR_LINKAGE template class sheaf::shell::CollatorState<test::AnyText, test::AnySink, executor, \
                                                                     traits>;                                \
    TEST_COLLATOR_LINKAGE template class test::Collator<executor, traits>

TEST_ENGINE(sheaf::DefaultTraits);
TEST_ENGINE(test::HostTimerTraits);
TEST_ENGINE(test::OneStripeTraits);
TEST_ENGINE(test::HoldingFoldTraits);
TEST_ENGINE(test::IntReceiptTraits);

TEST_COLLATOR(sheaf::InlineExecutor, sheaf::DefaultTraits);
TEST_COLLATOR(sheaf::InlineExecutor, test::HostTimerTraits);
TEST_COLLATOR(sheaf::ThreadPool, sheaf::DefaultTraits);
TEST_COLLATOR(sheaf::ThreadPool, test::HostTimerTraits);
TEST_COLLATOR(sheaf::ManualExecutor, sheaf::DefaultTraits);
TEST_COLLATOR(std::reference_wrapper<sheaf::ThreadPool>, sheaf::DefaultTraits);
TEST_COLLATOR(std::reference_wrapper<sheaf::ManualExecutor>, sheaf::DefaultTraits);
TEST_COLLATOR(std::reference_wrapper<sheaf::ManualExecutor>, test::HostTimerTraits);
TEST_COLLATOR(std::reference_wrapper<test::ThrowingExecutor>, sheaf::DefaultTraits);
TEST_COLLATOR(std::reference_wrapper<test::ThrowingExecutor>, test::HostTimerTraits);
TEST_COLLATOR(std::reference_wrapper<test::InterruptedExecutor>, sheaf::DefaultTraits);
TEST_COLLATOR(test::DroppingExecutor, sheaf::DefaultTraits);
TEST_COLLATOR(std::reference_wrapper<test::OnceExecutor>, sheaf::DefaultTraits);
TEST_COLLATOR(sheaf::ThreadPool, test::OneStripeTraits);
TEST_COLLATOR(sheaf::ThreadPool, test::HoldingFoldTraits);

#undef TEST_COLLATOR
#undef TEST_ENGINE
#undef TEST_COLLATOR_LINKAGE
