#include "read/jsonl.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "read/first_equal.hpp"
#include "text/xxh3.hpp"

namespace dupdetect::jsonl {
namespace {

constexpr int max_depth = 64;  // deeper rows are odd, so that recursion stays bounded
constexpr std::size_t max_number = 100;  // longer or larger ones may overflow a double: odd
constexpr std::size_t max_integer = 18;  // digits that surely fit 64 bits

// Where a string's value goes; a sink without a column only checks.
class Sink {
public:
    explicit Sink(Column* column) : column_(column) {}
    void append(Bytes run) {
        if (column_ == nullptr || run.empty()) return;
        const auto room = column_->bytes.subspan(column_->used);
        std::memcpy(room.first(run.size()).data(), run.data(), run.size());
        column_->used += run.size();
    }
    void append_character(std::uint32_t code) {
        std::array<std::uint8_t, 4> out{};
        const auto tail = [code](int shift) {
            return static_cast<std::uint8_t>(0x80 | ((code >> shift) & 0x3F));
        };
        if (code < 0x80) {
            out = {static_cast<std::uint8_t>(code)};
            append(std::span(out).first(1));
        } else if (code < 0x800) {
            out = {static_cast<std::uint8_t>(0xC0 | (code >> 6)), tail(0)};
            append(std::span(out).first(2));
        } else if (code < 0x10000) {
            out = {static_cast<std::uint8_t>(0xE0 | (code >> 12)), tail(6), tail(0)};
            append(std::span(out).first(3));
        } else {
            out = {static_cast<std::uint8_t>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
            append(out);
        }
    }

private:
    Column* column_;
};

// Recursive descent over one line. Every method returns false where the line is odd.
class Line {
public:
    Line(Bytes bytes, FieldTree& tree, std::span<Column> columns, std::int64_t row)
        : bytes_(bytes), tree_(tree), columns_(columns), row_(row) {}

    bool parse() {
        skip_space();
        if (!object(0, true, 0)) return false;
        skip_space();
        return at_ == bytes_.size();
    }

private:
    bool ends() const { return at_ == bytes_.size(); }
    bool take(char expected) {
        if (ends() || bytes_[at_] != static_cast<std::uint8_t>(expected)) return false;
        ++at_;
        return true;
    }
    void skip_space() {
        while (!ends()) {
            const std::uint8_t byte = bytes_[at_];
            if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n') return;
            ++at_;
        }
    }

    // A key with an escape or beyond the plain ASCII is compared by no one here: the former is odd.
    bool key(std::string_view& out) {
        if (!take('"')) return false;
        const std::size_t begin = at_;
        while (true) {
            at_ = find_special(bytes_, at_);
            if (ends() || bytes_[at_] == '\\' || bytes_[at_] < 0x20) return false;
            if (bytes_[at_] == '"') break;
            const std::size_t length = utf8_length(bytes_, at_);
            if (length == 0) return false;
            at_ += length;
        }
        const Bytes name = bytes_.subspan(begin, at_ - begin);
        out = {reinterpret_cast<const char*>(name.data()), name.size()};
        ++at_;
        return true;
    }

    bool object(std::size_t node, bool mapped, int depth) {
        if (depth >= max_depth || !take('{')) return false;
        skip_space();
        if (take('}')) return true;
        while (true) {
            std::string_view name;
            if (!key(name)) return false;
            skip_space();
            if (!take(':')) return false;
            skip_space();
            const std::size_t child = mapped ? tree_.find(node, name) : 0;
            if (child == 0) {
                if (!value(depth + 1)) return false;
            } else {
                if (tree_[child].seen_in_row == row_) return false;  // the key stands twice
                tree_[child].seen_in_row = row_;
                if (!mapped_value(child, depth + 1)) return false;
            }
            skip_space();
            if (take('}')) return true;
            if (!take(',')) return false;
            skip_space();
        }
    }

    bool mapped_value(std::size_t node, int depth) {
        if (ends()) return false;
        const std::uint8_t first = bytes_[at_];
        const int field = tree_[node].field;
        if (first == 'n') return literal("null");
        if (field < 0) return first == '{' ? object(node, true, depth) : value(depth);
        if (first == '{' && !tree_[node].children.empty()) return false;
        Column& column = columns_[static_cast<std::size_t>(field)];
        if (first == '"') {
            column.valid.back() = 1;
            return string(&column);
        }
        return column.integers && integer(column);
    }

    bool array(int depth) {
        if (depth >= max_depth || !take('[')) return false;
        skip_space();
        if (take(']')) return true;
        while (true) {
            if (!value(depth + 1)) return false;
            skip_space();
            if (take(']')) return true;
            if (!take(',')) return false;
            skip_space();
        }
    }

    bool value(int depth) {
        if (ends()) return false;
        switch (bytes_[at_]) {
            case '"':
                return string(nullptr);
            case '{':
                return object(0, false, depth);
            case '[':
                return array(depth);
            case 't':
                return literal("true");
            case 'f':
                return literal("false");
            case 'n':
                return literal("null");
            default:
                return number();
        }
    }

    bool literal(std::string_view word) {
        if (bytes_.size() - at_ < word.size()) return false;
        for (const char letter : word) {
            if (!take(letter)) return false;
        }
        return true;
    }

    std::size_t digits() {
        const std::size_t begin = at_;
        while (!ends() && bytes_[at_] >= '0' && bytes_[at_] <= '9') ++at_;
        return at_ - begin;
    }

    bool number() {
        const std::size_t begin = at_;
        take('-');
        const std::size_t whole = at_;
        const std::size_t count = digits();
        if (count == 0 || (count > 1 && bytes_[whole] == '0')) return false;
        if (take('.') && digits() == 0) return false;
        if (take('e') || take('E')) {
            if (!take('-')) take('+');
            const std::size_t exponent = digits();
            if (exponent == 0 || exponent > 2) return false;
        }
        return at_ - begin <= max_number;
    }

    bool integer(Column& column) {
        const std::size_t begin = at_;
        const bool negative = take('-');
        const std::size_t whole = at_;
        const std::size_t count = digits();
        if (count == 0 || count > max_integer) return false;
        if (bytes_[whole] == '0' && (count > 1 || negative)) return false;
        if (!ends() && (bytes_[at_] == '.' || bytes_[at_] == 'e' || bytes_[at_] == 'E'))
            return false;
        const Bytes text = bytes_.subspan(begin, at_ - begin);
        Sink(&column).append(text);
        column.valid.back() = 2;
        return true;
    }

    bool string(Column* column) {
        if (!take('"')) return false;
        Sink sink(column);
        while (true) {
            const std::size_t begin = at_;
            at_ = find_special(bytes_, at_);
            while (!ends() && bytes_[at_] >= 0x80) {  // runs of other scripts stay in one copy
                const std::size_t length = utf8_length(bytes_, at_);
                if (length == 0) return false;
                at_ += length;
            }
            sink.append(bytes_.subspan(begin, at_ - begin));
            if (ends()) return false;
            const std::uint8_t byte = bytes_[at_];
            if (byte == '"') {
                ++at_;
                return true;
            }
            if (byte < 0x20) return false;
            if (byte == '\\' && !escape(sink)) return false;
        }
    }

    bool escape(Sink& sink) {
        if (bytes_.size() - at_ < 2) return false;
        const std::uint8_t kind = bytes_[at_ + 1];
        at_ += 2;
        switch (kind) {
            case '"':
            case '\\':
            case '/':
                sink.append_character(kind);
                return true;
            case 'n':
                sink.append_character('\n');
                return true;
            case 't':
                sink.append_character('\t');
                return true;
            case 'r':
                sink.append_character('\r');
                return true;
            case 'b':
                sink.append_character('\b');
                return true;
            case 'f':
                sink.append_character('\f');
                return true;
            case 'u':
                return unicode_escape(sink);
            default:
                return false;
        }
    }

    bool hex4(std::uint32_t& out) {
        if (bytes_.size() - at_ < 4) return false;
        std::int32_t code = 0;
        for (const std::uint8_t digit : bytes_.subspan(at_, 4)) {
            const std::int8_t value = hex_values[digit];
            if (value < 0) return false;
            code = code * 16 + static_cast<std::uint8_t>(value);
        }
        at_ += 4;
        out = static_cast<std::uint32_t>(code);
        return true;
    }

    bool unicode_escape(Sink& sink) {
        std::uint32_t code = 0;
        if (!hex4(code) || code == 0) return false;
        if (code >= 0xDC00 && code <= 0xDFFF) return false;
        if (code >= 0xD800 && code <= 0xDBFF) {
            std::uint32_t low = 0;
            if (!take('\\') || !take('u') || !hex4(low) || low < 0xDC00 || low > 0xDFFF)
                return false;
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        sink.append_character(code);
        return true;
    }

    Bytes bytes_;
    FieldTree& tree_;
    std::span<Column> columns_;
    std::int64_t row_;
    std::size_t at_ = 0;
};

bool is_blank(Bytes line) {
    return std::all_of(line.begin(), line.end(), [](std::uint8_t byte) {
        return byte == ' ' || byte == '\t' || byte == '\r';
    });
}

}  // namespace

void FieldTree::add(std::span<const std::string> path, int field) {
    if (path.empty()) throw std::invalid_argument("a field path has at least one key");
    std::size_t node = 0;
    for (const std::string& key : path) {
        std::size_t child = find(node, key);
        if (child == 0) {
            child = nodes_.size();
            nodes_.push_back({key, -1, {}, -1});
            nodes_[node].children.push_back(child);
        }
        node = child;
    }
    if (nodes_[node].field >= 0) throw std::invalid_argument("two fields have the same path");
    nodes_[node].field = field;
}

std::size_t FieldTree::find(std::size_t parent, std::string_view key) const {
    for (const std::size_t child : nodes_[parent].children) {
        if (nodes_[child].key == key) return child;
    }
    return 0;
}

Rows extract(Bytes chunk, FieldTree& tree, std::span<Column> columns, bool whole) {
    for (const Column& column : columns) {
        if (column.bytes.size() < chunk.size()) {
            throw std::invalid_argument("scratch: expected as many bytes a field as in the chunk");
        }
    }
    Rows rows;
    while (rows.consumed < chunk.size()) {
        const Bytes rest = chunk.subspan(rows.consumed);
        const void* newline = std::memchr(rest.data(), '\n', rest.size());
        if (newline == nullptr && !whole) break;
        const std::size_t length =
            newline == nullptr
                ? rest.size()
                : static_cast<std::size_t>(static_cast<const std::uint8_t*>(newline) - rest.data());
        const Bytes line = rest.first(length);
        if (!is_blank(line)) {
            const auto row = static_cast<std::int64_t>(rows.start.size());
            rows.start.push_back(static_cast<std::int64_t>(rows.consumed));
            rows.end.push_back(static_cast<std::int64_t>(rows.consumed + length));
            rows.line.push_back(rows.lines);
            for (Column& column : columns) column.valid.push_back(0);
            const bool plain = Line(line, tree, columns, row).parse();
            if (!plain) rows.odd.push_back(row);
            for (Column& column : columns) {
                if (!plain) {  // take back what the line had given before it turned out odd
                    column.used = static_cast<std::size_t>(column.offsets.back());
                    column.valid.back() = 0;
                }
                column.offsets.push_back(static_cast<std::int64_t>(column.used));
            }
        }
        ++rows.lines;
        rows.consumed += length + (newline == nullptr ? 0 : 1);
    }
    return rows;
}

}  // namespace dupdetect::jsonl

namespace dupdetect {
namespace {

using Path = std::vector<std::string>;

using Scratch = nb::ndarray<std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

nb::tuple jsonl_extract(Input<std::uint8_t> chunk, const std::vector<Path>& paths,
                        const std::vector<bool>& integers, bool whole,
                        const std::vector<Scratch>& scratch) {
    check_equal(integers.size(), paths.size(), "integers");
    check_equal(scratch.size(), paths.size(), "scratch");
    jsonl::FieldTree tree;
    std::vector<jsonl::Column> columns(paths.size());
    for (std::size_t field = 0; field < paths.size(); ++field) {
        tree.add(paths[field], static_cast<int>(field));
        columns[field].bytes = {scratch[field].data(), scratch[field].size()};
        columns[field].integers = integers[field];
    }
    jsonl::Rows rows;
    {
        const nb::gil_scoped_release released;
        rows = jsonl::extract(view(chunk), tree, columns, whole);
    }
    nb::list values;
    for (jsonl::Column& column : columns) {
        values.append(
            nb::make_tuple(to_numpy(std::move(column.offsets)), to_numpy(std::move(column.valid))));
    }
    return nb::make_tuple(rows.consumed, rows.lines, to_numpy(std::move(rows.start)),
                          to_numpy(std::move(rows.end)), to_numpy(std::move(rows.line)),
                          to_numpy(std::move(rows.odd)), values);
}

Output<std::int64_t> first_equal(Input<std::uint8_t> data, Input<std::int64_t> offsets,
                                 std::pair<std::uint64_t, std::uint64_t> seed) {
    check_offsets(view(offsets), data.size(), "offsets");
    std::vector<std::int64_t> first;
    {
        const nb::gil_scoped_release released;
        first = find_first_equal(view(data), view(offsets), seed.first, seed.second);
    }
    return to_numpy(std::move(first));
}

Output<std::uint64_t> string_keys(Input<std::uint8_t> data, Input<std::int64_t> offsets) {
    const auto bytes = view(data);
    const auto rows = view(offsets);
    check_offsets(rows, bytes.size(), "offsets");
    std::vector<std::uint64_t> keys(rows.size() - 1);
    {
        const nb::gil_scoped_release released;
        for (std::size_t k = 0; k < keys.size(); ++k) keys[k] = xxh3::hash(row(bytes, rows, k));
    }
    return to_numpy(std::move(keys));
}

}  // namespace

void bind_jsonl(nb::module_& module) {
    module.def("jsonl_extract", &jsonl_extract, nb::arg("chunk"), nb::arg("paths"),
               nb::arg("integers"), nb::arg("whole"), nb::arg("scratch"),
               "Rows of a chunk of JSON Lines with the mapped fields as UTF-8 buffers; see "
               "dupdetect.kernels.reference.jsonl for the same in Python.");
    module.def("first_equal", &first_equal, nb::arg("data"), nb::arg("offsets"), nb::arg("seed"),
               "For each string the index of the first one equal to it.");
    module.def("string_keys", &string_keys, nb::arg("data"), nb::arg("offsets"),
               "XXH3 of each string, 64 bits.");
}

}  // namespace dupdetect
