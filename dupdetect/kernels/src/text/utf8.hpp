// Characters of one, two or four bytes each, as Python keeps its strings, to UTF-8.
#pragma once

#include <span>

#include "text/story.hpp"

namespace dupdetect {

// Encodes a text into `room`, and lends what stands there: lone surrogates become question marks.
// Unit is an unsigned integer of 8, 16 or 32 bits.
template <typename Unit>
Bytes to_utf8(std::span<const Unit> text, Room<std::uint8_t>& room);

}  // namespace dupdetect
