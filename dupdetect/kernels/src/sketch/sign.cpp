// MinHash signatures of whole texts, from a buffer of UTF-8 and from a list of Python strings.
#include <algorithm>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "sketch/signer.hpp"
#include "text/utf8.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kChunk = 256;

// A string's characters where Python has them: ASCII, or as wide as the widest of them.
struct Ascii {
    Bytes bytes;
};
template <typename Unit>
using Characters = std::span<const Unit>;
using Text = std::variant<Ascii, Characters<Py_UCS1>, Characters<Py_UCS2>, Characters<Py_UCS4>>;

template <typename Unit>
Characters<Unit> characters(PyObject* string) {
    return {static_cast<const Unit*>(PyUnicode_DATA(string)),
            static_cast<std::size_t>(PyUnicode_GET_LENGTH(string))};
}

Text text_of(PyObject* string) {
#if PY_VERSION_HEX < 0x030C0000  // strings of an older kind may still have to be laid out
    if (PyUnicode_READY(string) != 0) throw nb::python_error();
#endif
    if (PyUnicode_IS_ASCII(string)) return Ascii{characters<Py_UCS1>(string)};
    switch (PyUnicode_KIND(string)) {
        case PyUnicode_1BYTE_KIND:
            return characters<Py_UCS1>(string);
        case PyUnicode_2BYTE_KIND:
            return characters<Py_UCS2>(string);
        default:
            return characters<Py_UCS4>(string);
    }
}

struct StringSigner {
    Signer signer;
    Room<std::uint8_t> utf8;

    Bytes bytes_of(const Text& text) {
        return std::visit(
            [&](const auto& one) -> Bytes {
                if constexpr (std::is_same_v<decltype(one), const Ascii&>) {
                    return one.bytes;
                } else {
                    return to_utf8(one, utf8);
                }
            },
            text);
    }
};

// The texts, and references that keep them while other threads may change the list.
struct Held {
    std::vector<nb::object> strings;
    std::vector<Text> texts;

    explicit Held(const nb::list& list) {
        strings.reserve(list.size());
        texts.reserve(list.size());
        for (const nb::handle item : list) {
            if (!PyUnicode_Check(item.ptr())) {
                const std::string place = "texts[" + std::to_string(texts.size()) + "]: ";
                throw nb::type_error((place + Py_TYPE(item.ptr())->tp_name +
                                      ", expected str; pass a "
                                      "list of str, bytes decoded, \"\" where there is no text")
                                         .c_str());
            }
            strings.push_back(nb::borrow(item));
            texts.push_back(text_of(item.ptr()));
        }
    }
};

std::span<std::uint32_t> row_of(Room<std::uint32_t>& signatures, std::size_t i,
                                std::size_t num_perm) {
    return std::span(signatures).subspan(i * num_perm, num_perm);
}

}  // namespace

void bind_sign(nb::module_& module) {
    module.def(
        "sign",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint32_t>& a, const Input<std::uint32_t>& b, std::size_t shingle_words,
           int threads) {
            const auto texts = view(offsets);
            check_offsets(texts, text.size(), "offsets");
            check_equal(b.size(), a.size(), "b");
            const std::size_t count = texts.size() - 1,
                              words = std::max<std::size_t>(shingle_words, 1);
            Room<std::uint32_t> signatures(count * a.size());
            {
                const nb::gil_scoped_release release;
                parallel_chunks(
                    count, threads, kChunk, [] { return Signer(); },
                    [&](Signer& signer, std::size_t first, std::size_t last) {
                        for (std::size_t i = first; i < last; ++i) {
                            signer.sign_text(row(view(text), texts, i), words, view(a), view(b),
                                             row_of(signatures, i, a.size()));
                        }
                    });
            }
            return to_numpy(std::move(signatures), std::max<std::size_t>(a.size(), 1));
        },
        nb::arg("text"), nb::arg("offsets"), nb::kw_only(), nb::arg("a"), nb::arg("b"),
        nb::arg("shingle_words"), nb::arg("threads"));

    module.def(
        "sign_strings",
        [](const nb::list& texts, const Input<std::uint32_t>& a, const Input<std::uint32_t>& b,
           std::size_t shingle_words, int threads) {
            check_equal(b.size(), a.size(), "b");
            const Held held(texts);
            const std::size_t count = held.texts.size(),
                              words = std::max<std::size_t>(shingle_words, 1);
            Room<std::uint32_t> signatures(count * a.size());
            {
                const nb::gil_scoped_release release;
                parallel_chunks(
                    count, threads, kChunk, [] { return StringSigner(); },
                    [&](StringSigner& state, std::size_t first, std::size_t last) {
                        for (std::size_t i = first; i < last; ++i) {
                            state.signer.sign_text(state.bytes_of(held.texts[i]), words, view(a),
                                                   view(b), row_of(signatures, i, a.size()));
                        }
                    });
            }
            return to_numpy(std::move(signatures), std::max<std::size_t>(a.size(), 1));
        },
        nb::arg("texts"), nb::kw_only(), nb::arg("a"), nb::arg("b"), nb::arg("shingle_words"),
        nb::arg("threads"));
}

}  // namespace dupdetect
