// Rows worked on by several threads. Each row's result goes to its own place, so the outcome does
// not depend on the number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

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
// of its own from make(); rethrows the first error. Where the system grants fewer threads, those do
// all the work.
template <typename Make, typename Work>
void parallel_chunks(std::size_t count, int threads, std::size_t chunk, Make&& make, Work&& work) {
    const std::size_t wanted = std::min<std::size_t>(static_cast<std::size_t>(std::max(threads, 1)),
                                                     (count + chunk - 1) / chunk);
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex failure_lock;
    const auto run = [&] {
        try {
            auto state = make();
            for (std::size_t first = next.fetch_add(chunk); first < count;
                 first = next.fetch_add(chunk)) {
                work(state, first, std::min(first + chunk, count));
            }
        } catch (...) {
            const std::lock_guard<std::mutex> held(failure_lock);
            if (!failure) failure = std::current_exception();
            next.store(count);
        }
    };
    std::vector<std::thread> others;
    others.reserve(wanted > 0 ? wanted - 1 : 0);  // so that a thread once started is never lost
    try {
        while (others.size() + 1 < wanted && room_for_a_thread()) others.emplace_back(run);
    } catch (const std::system_error&) {
    } catch (const std::bad_alloc&) {  // the thread's own state
    }
    run();
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
