#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>

#include "arrays.hpp"
#include "bind.hpp"
#include "first_equal.hpp"
#include "jsonl.hpp"

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
        values.append(nb::make_tuple(to_numpy(std::move(column.offsets)),
                                     to_numpy(std::move(column.valid))));
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

}  // namespace

void bind_jsonl(nb::module_& module) {
    module.def("jsonl_extract", &jsonl_extract, nb::arg("chunk"), nb::arg("paths"),
               nb::arg("integers"), nb::arg("whole"), nb::arg("scratch"),
               "Rows of a chunk of JSON Lines with the mapped fields as UTF-8 buffers; see "
               "dupdetect.kernels.reference.jsonl for the same in Python.");
    module.def("first_equal", &first_equal, nb::arg("data"), nb::arg("offsets"), nb::arg("seed"),
               "For each string the index of the first one equal to it.");
}

}  // namespace dupdetect
