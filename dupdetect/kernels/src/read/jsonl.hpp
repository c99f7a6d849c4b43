// One JSON object a line -> the mapped string fields in Arrow-style buffers.
//
// A line is taken only when every byte of it was checked to be JSON and every mapped value is
// plain; all others are listed as odd, and the caller's own parser decides about them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "read/json_text.hpp"

namespace dupdetect::jsonl {

// The mapped fields as a tree of object keys: `text` and `meta.title` are two paths of it.
class FieldTree {
public:
    struct Node {
        std::string key;
        int field = -1;  // which mapped field this key holds, -1: none
        std::vector<std::size_t> children;
        std::int64_t seen_in_row = -1;
    };

    FieldTree() : nodes_(1) {}
    void add(std::span<const std::string> path, int field);
    // The child of `parent` under `key`; 0, the root, stands for "not mapped".
    std::size_t find(std::size_t parent, std::string_view key) const;
    Node& operator[](std::size_t index) { return nodes_[index]; }

private:
    std::vector<Node> nodes_;
};

// Values of one field, row after row; an absent value has no bytes and valid 0, a string has
// valid 1, a whole number 2.
struct Column {
    std::span<std::uint8_t> bytes;  // the caller's; no value is longer than its JSON text
    bool integers = false;  // whether a whole number counts as its decimal string
    std::size_t used = 0;
    std::vector<std::int64_t> offsets{0};
    std::vector<std::uint8_t> valid;
};

struct Rows {
    std::size_t consumed = 0;  // bytes of the chunk that belong to complete lines
    std::int64_t lines = 0;  // complete lines, blank ones included
    std::vector<std::int64_t> start, end, line;  // of each row; line counts from 0
    std::vector<std::int64_t> odd;  // rows left to the caller
};

// `columns`: one a field of the tree, with at least as many bytes as the chunk; they are filled.
// `whole`: the chunk ends the source, so that its last line needs no newline.
Rows extract(Bytes chunk, FieldTree& tree, std::span<Column> columns, bool whole);

}  // namespace dupdetect::jsonl
