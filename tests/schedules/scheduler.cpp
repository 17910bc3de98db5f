#include "scheduler.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace schedule {

namespace {

thread_local Scheduler* current_scheduler = nullptr;

// Far more than any program here needs: whoever gets there goes round in circles.
constexpr std::size_t most_points = 100'000;

}  // namespace

Scheduler& Scheduler::current() { return *current_scheduler; }

Scheduler::~Scheduler() {
    for (const auto& worker : workers_) {
        worker->stops = true;
        worker->turn.give();
        worker->thread.join();
    }
}

void Scheduler::run(Strategy& strategy, const std::function<void()>& program) {
    strategy_ = &strategy;
    used_ = 0;
    alive_ = 0;
    now_ = std::chrono::hours{1};
    points_ = 0;
    is_abandoned_ = false;
    steps_.clear();
    violation_.clear();
    running_ = start_thread(program);
    workers_[running_]->turn.give();
    ended_.take();
}

ThreadId Scheduler::start_thread(std::function<void()> body) {
    const ThreadId id = used_++;
    if (id == workers_.size()) {
        workers_.push_back(std::make_unique<Worker>());
        Worker& worker = *workers_.back();
        worker.thread = std::thread{[this, &worker] { work(worker); }};
    }
    Worker& worker = *workers_[id];
    worker.body = std::move(body);
    worker.state = State::ready;
    worker.waits_for = nullptr;
    worker.deadline = never;
    worker.is_disturbable = true;
    worker.loads_from = points_;
    ++alive_;
    return id;
}

void Scheduler::work(Worker& self) {
    current_scheduler = this;
    for (;;) {
        self.turn.take();
        if (self.stops) { return; }
        try {
            self.body();
        } catch (const Abandoned&) {
            // Reported already.
        } catch (const std::exception& error) {
            violate(std::string{"a thread ended with an exception: "} + error.what());
        }
        self.body = nullptr;
        flush();
        self.state = State::ended;
        wake_all(&self);
        if (--alive_ == 0) {
            ended_.give();
        } else {
            const ThreadId next = pick_next();
            running_ = next;
            workers_[next]->turn.give();
        }
    }
}

void Scheduler::pass_turn(ThreadId next) {
    const ThreadId self = running_;
    if (next == self) { return; }
    running_ = next;
    workers_[next]->turn.give();
    workers_[self]->turn.take();
}

void Scheduler::point(const char* what, const void* object) {
    note(what, object);
    if (is_abandoned_) { return; }
    if (++points_ == most_points) {
        violate("the threads go round in circles");
        abandon();
        throw Abandoned{};
    }
    offer_turn();
}

void Scheduler::point_after_unlock(const void* object) {
    if (is_abandoned_ || !strategy_->pauses_after_unlock()) { return; }
    note("has unlocked", object);
    offer_turn();
}

void Scheduler::offer_turn() {
    if (!workers_[running_]->is_disturbable) { return; }
    std::uint32_t options = 1;
    for (ThreadId id = 0; id < used_; ++id) { options += id != running_ && is_ready(id) ? 1U : 0U; }
    if (options == 1) { return; }
    std::uint32_t taken = strategy_->choose(options, true);
    if (taken == 0) { return; }
    for (ThreadId id = 0; id < used_; ++id) {
        if (id != running_ && is_ready(id) && --taken == 0) {
            pass_turn(id);
            return;
        }
    }
}

std::uint32_t Scheduler::choose(std::uint32_t options) {
    return is_abandoned_ || options == 1 ? 0 : strategy_->choose(options, true);
}

bool Scheduler::block(const char* what, const void* object, Instant deadline) {
    note(what, object);
    if (is_abandoned_) { throw Abandoned{}; }
    Worker& self = *workers_[running_];
    if (deadline <= now_) { return false; }
    flush();  // nothing stays unseen for ever
    self.state = State::blocked;
    self.waits_for = object;
    self.deadline = deadline;
    self.timed_out = false;
    pass_turn(pick_next());
    if (is_abandoned_) { throw Abandoned{}; }
    return !self.timed_out;
}

ThreadId Scheduler::pick_next() {
    for (;;) {
        std::vector<ThreadId> ready;
        for (ThreadId id = 0; id < used_; ++id) {
            if (is_ready(id)) { ready.push_back(id); }
        }
        if (!ready.empty()) {
            // The youngest first: it may use what belongs to the one that has started it.
            if (is_abandoned_) { return ready.back(); }
            const auto count = static_cast<std::uint32_t>(ready.size());
            return ready[count == 1 ? 0 : strategy_->choose(count, false)];
        }
        Instant earliest = never;
        for (ThreadId id = 0; id < used_; ++id) {
            if (workers_[id]->state == State::blocked) {
                earliest = std::min(earliest, workers_[id]->deadline);
            }
        }
        if (earliest == never) {
            violate("deadlock: no thread can go on");
            abandon();
        } else {
            pass(earliest - now_);
        }
    }
}

void Scheduler::pass(Instant span) {
    now_ += span;
    for (ThreadId id = 0; id < used_; ++id) {
        Worker& worker = *workers_[id];
        if (worker.state == State::blocked && worker.deadline <= now_) {
            worker.state = State::ready;
            worker.timed_out = true;
        }
    }
}

void Scheduler::wake_all(const void* object) {
    for (ThreadId id = 0; id < used_; ++id) {
        Worker& worker = *workers_[id];
        if (worker.state == State::blocked && worker.waits_for == object) { worker.state = State::ready; }
    }
}

void Scheduler::wake_one(const void* object) {
    std::vector<Worker*> waiting;
    for (ThreadId id = 0; id < used_; ++id) {
        Worker& worker = *workers_[id];
        if (worker.state == State::blocked && worker.waits_for == object) { waiting.push_back(&worker); }
    }
    if (!waiting.empty()) {
        waiting[choose(static_cast<std::uint32_t>(waiting.size()))]->state = State::ready;
    }
}

void Scheduler::join(ThreadId thread) {
    point("join", workers_[thread].get());
    while (workers_[thread]->state != State::ended) { block("wait for the end of", workers_[thread].get()); }
}

void Scheduler::delay(const void* owner, std::function<void()> store) {
    workers_[running_]->buffer.push_back({owner, ++last_delayed_, std::move(store)});
}

void Scheduler::forget(const void* owner) {
    for (const auto& worker : workers_) {
        std::erase_if(worker->buffer, [owner](const DelayedStore& each) { return each.owner == owner; });
    }
}

void Scheduler::flush() { publish(running_, last_delayed_); }

void Scheduler::publish(ThreadId thread, std::uint64_t up_to) {
    auto& buffer = workers_[thread]->buffer;
    const auto end =
        std::find_if(buffer.begin(), buffer.end(), [up_to](const auto& each) { return each.number > up_to; });
    std::for_each(buffer.begin(), end, [](const DelayedStore& delayed) { delayed.store(); });
    buffer.erase(buffer.begin(), end);
}

void Scheduler::violate(const std::string& what) {
    if (!violation_.empty()) { return; }
    violation_ = what;
    steps_before_violation_ = steps_.size();
}

/// Every blocked thread is let go, to end by an exception.
void Scheduler::abandon() {
    // Printed now: the library is not made for what comes.
    std::fprintf(reports_, "%s\n%s", violation_.c_str(), trace().c_str());
    std::fflush(reports_);
    is_abandoned_ = true;
    for (ThreadId id = 0; id < used_; ++id) {
        if (workers_[id]->state == State::blocked) { workers_[id]->state = State::ready; }
    }
}

std::string Scheduler::trace() const {
    constexpr std::size_t most_steps = 2'000;
    const std::size_t first = steps_.size() < most_steps ? 0 : steps_.size() - most_steps;
    std::string text = first == 0 ? "" : "(" + std::to_string(first) + " steps before)\n";
    std::vector<const void*> objects;  // numbered in the order of their first use
    for (std::size_t i = 0; i <= steps_.size(); ++i) {
        if (i == steps_before_violation_ && !violation_.empty()) { text += "*** " + violation_ + '\n'; }
        if (i == steps_.size()) { break; }
        const Step& step = steps_[i];
        auto found = std::find(objects.begin(), objects.end(), step.object);
        if (found == objects.end()) { found = objects.insert(objects.end(), step.object); }
        if (i < first) { continue; }
        text += "thread " + std::to_string(step.thread) + ": " + step.what + " #" +
                std::to_string(found - objects.begin()) + '\n';
    }
    return text + "replay it: SHEAF_SCHEDULE='" + strategy_->text() + "'\n";
}

}  // namespace schedule
