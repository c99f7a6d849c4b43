// Rows worked on by several threads. Each row's result goes to its own place, so the outcome does
// not depend on the number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "common/signals.hpp"

namespace dupdetect {

// Whether there is address space left for more than one thread's stack: a thread that finds no room
// even for its own variables would end the process.
inline bool room_for_a_thread() {
    constexpr std::size_t kRoom = 64 << 20;
    void* const room = ::operator new(kRoom, std::nothrow);
    ::operator delete(room);
    return room != nullptr;
}

// Calls work(state, first, last) for chunks of [0, count) from `threads` threads, each with a state
// of its own from make(); rethrows the first error, or what a signal's handler raised. Where the
// system grants fewer threads, those do all the work.
template <typename Make, typename Work>
void parallel_chunks(std::size_t count, int threads, std::size_t chunk, Make&& make, Work&& work) {
    const std::size_t wanted = std::min<std::size_t>(static_cast<std::size_t>(std::max(threads, 1)),
                                                     (count + chunk - 1) / chunk);
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stop{false};
    std::exception_ptr failure;
    std::size_t at_work = 0;  // other threads
    std::mutex lock;  // of failure and at_work
    std::condition_variable ended;
    const auto fail = [&] {
        const std::lock_guard<std::mutex> held(lock);
        if (!failure) failure = std::current_exception();
        stop.store(true);
        next.store(count);
    };
    const auto run = [&] {
        try {
            auto state = make();
            for (std::size_t first = next.fetch_add(chunk); first < count;
                 first = next.fetch_add(chunk)) {
                let_signals_in();
                work(state, first, std::min(first + chunk, count));
            }
        } catch (...) {
            fail();
        }
    };
    const auto help = [&] {
        stop_when(stop);
        run();
        const std::lock_guard<std::mutex> held(lock);
        --at_work;
        ended.notify_one();
    };
    const auto count_helper = [&](std::size_t by) {
        const std::lock_guard<std::mutex> held(lock);
        at_work += by;
    };
    std::vector<std::thread> others;
    others.reserve(wanted > 0 ? wanted - 1 : 0);  // so that a thread once started is never lost
    while (others.size() + 1 < wanted && room_for_a_thread()) {
        count_helper(1);
        try {
            others.emplace_back(help);
        } catch (const std::exception&) {  // refused by the system, or no memory for its state
            count_helper(std::size_t{0} - 1);
            break;
        }
    }
    run();
    try {
        std::unique_lock<std::mutex> held(lock);
        const auto none_at_work = [&] { return at_work == 0; };
        while (!ended.wait_for(held, std::chrono::milliseconds{50}, none_at_work)) {
            held.unlock();
            let_signals_in();
            held.lock();
        }
    } catch (...) {
        fail();
    }
    for (std::thread& other : others) other.join();
    if (failure) std::rethrow_exception(failure);
}

template <typename Work>
void parallel_chunks(std::size_t count, int threads, std::size_t chunk, Work&& work) {
    parallel_chunks(
        count, threads, chunk, [] { return 0; },
        [&](int, std::size_t first, std::size_t last) { work(first, last); });
}

}  // namespace dupdetect
