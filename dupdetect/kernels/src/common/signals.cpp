#include "common/signals.hpp"

#include <nanobind/nanobind.h>

#include <chrono>
#include <exception>

#include "common/bind.hpp"

namespace dupdetect {
namespace {

namespace nb = nanobind;

constexpr std::chrono::milliseconds kEvery{50};

unsigned long main_thread = 0;  // written once, when the module is loaded
thread_local const std::atomic<bool>* must_stop = nullptr;

struct Stopped : std::exception {};

}  // namespace

void stop_when(const std::atomic<bool>& stop) { must_stop = &stop; }

void let_signals_in() {
    if (must_stop != nullptr && must_stop->load(std::memory_order_relaxed)) throw Stopped();
    // Python runs handlers in its main thread alone; others would wait for the lock in vain.
    if (PyThread_get_thread_ident() != main_thread) return;
    using Clock = std::chrono::steady_clock;
    static Clock::time_point last;
    const Clock::time_point now = Clock::now();
    if (now - last < kEvery) return;
    last = now;
    const nb::gil_scoped_acquire held;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void bind_signals(nb::module_&) {
    const nb::object main = nb::module_::import_("threading").attr("main_thread")();
    main_thread = nb::cast<unsigned long>(main.attr("ident"));
}

}  // namespace dupdetect
