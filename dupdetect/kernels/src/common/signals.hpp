// Ctrl-C while a kernel works.
#pragma once

#include <atomic>

namespace dupdetect {

// To be called between two stories or pairs. In the main thread, with the interpreter's lock or
// without, it runs Python's handlers of the signals that arrived, some times a second, and throws
// what one raised; in a thread that helps another it throws once that one has to stop.
void let_signals_in();

// Has `let_signals_in` throw in this thread as soon as `stop` is set, which must outlive the
// thread.
void stop_when(const std::atomic<bool>& stop);

}  // namespace dupdetect
