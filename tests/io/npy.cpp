// SPDX-License-Identifier: Apache-2.0
#include "mace/io/npy.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "support/errors.hpp"

using io_test::bytes_of;
using io_test::raw;

namespace {

std::string dictionary(const std::string& shape, const std::string& descr = "<f4",
                       const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }  \n";
}

/// A file of that version (1 to 3) with this text as its header.
std::string npy_file(const std::string& header, const std::string& data, char version = 1) {
  std::string file = std::string("\x93NUMPY") + version + '\0';
  const auto length = static_cast<std::uint32_t>(header.size());
  file += raw(std::vector{length}).substr(0, version == 1 ? 2 : 4);
  return file + header + data;
}

mace::NpyArray array_of(const std::string& file) {
  return mace::parse_npy(bytes_of(file), "file");
}

const std::vector<float> six{0, 1, 2, 3, 4, 5};

}  // namespace

TEST_CASE("npy: what is written is read back") {
  const io_test::Folder folder;
  const std::vector<mace::NpyArray> arrays{
      {{}, {3.5f}},   {{0}, {}}, {{4}, {1, -2, 3e38f, 1e-45f}}, {{2, 3}, six}, {{1, 1, 1, 1, 1, 1, 1, 6}, six},
      {{3, 0, 2}, {}}};
  for (const mace::NpyArray& array : arrays) {
    mace::write_npy(folder / "a.npy", array);
    CHECK(mace::read_npy(folder / "a.npy") == array);
    CHECK((io_test::text_of(folder / "a.npy").size() - 4 * array.values.size()) % 64 == 0);
  }
}

TEST_CASE("npy: the bytes are those of numpy.lib.format") {
  const io_test::Folder folder;
  mace::write_npy(folder / "a.npy", {{2}, {1, 2}});
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  CHECK(io_test::text_of(folder / "a.npy") == std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header +
                                                  std::string(117 - header.size(), ' ') + '\n' +
                                                  raw(std::vector<float>{1, 2}));
}

TEST_CASE("npy: versions and dtypes and orders") {
  for (const char version : {'\1', '\2', '\3'}) {
    CHECK(array_of(npy_file(dictionary("(2, 3)"), raw(six), version)) == mace::NpyArray{{2, 3}, six});
  }
  const std::vector<double> doubles{0, 1, 0.1, HUGE_VAL, -1e-300, 5};
  const mace::NpyArray rounded = array_of(npy_file(dictionary("(3,2)", "<f8"), raw(doubles)));
  CHECK(rounded.values == std::vector<float>{0, 1, 0.1f, std::numeric_limits<float>::infinity(), 0, 5});

  CHECK(array_of(npy_file(dictionary("(2, 3)", "<f4", "True"), raw(six))) ==
        mace::NpyArray{{2, 3}, {0, 2, 4, 1, 3, 5}});
  // Value (i, j, k) lies at i + 2 j + 4 k in Fortran order.
  CHECK(array_of(npy_file(dictionary("(2, 2, 2)", "<f4", "True"), raw(std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7})))
            .values == std::vector<float>{0, 4, 2, 6, 1, 5, 3, 7});
  CHECK(array_of(npy_file(dictionary("()", "<f4", "True"), raw(std::vector<float>{9}))).values ==
        std::vector<float>{9});
}

TEST_CASE("npy: the header may differ as Python allows") {
  for (const char* header : {"{\"shape\": (6,), \"descr\": \"<f4\", \"fortran_order\": False}",
                             " { 'fortran_order' :False,'shape':( 2 , 3 , ),'descr':'<f4' } \n\n"}) {
    CHECK(array_of(npy_file(header, raw(six))).values == six);
  }
}

TEST_CASE("npy: the long integers of Python 2") {
  CHECK(array_of(npy_file(dictionary("(2L, 3L)"), raw(six))) == mace::NpyArray{{2, 3}, six});
  CHECK(array_of(npy_file(dictionary("(6L,)"), raw(six))) == mace::NpyArray{{6}, six});
}

TEST_CASE("npy: every departure from the format is refused") {
  const std::string good = dictionary("(2, 3)");
  const std::string data = raw(six);
  const std::vector<io_test::Hostile> files{
      {"", "magic string: wanted 6 bytes, got 0"},
      {"\x93NUMPX" + npy_file(good, data).substr(6), "magic string: wanted '\\x93NUMPY', got '?NUMPX'"},
      {"\x93NUMPY", "version: wanted 1 bytes, got 0"},
      {npy_file(good, data, 4), "version: wanted 1.0, 2.0 or 3.0, got 4.0"},
      {std::string("\x93NUMPY\x01\x01", 8), "got 1.1"},
      {std::string("\x93NUMPY\x02\x00\x01\x00", 10), "header length: wanted 4 bytes, got 2"},
      {std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12), "header: wanted 4294967295 bytes, got 0"},
      {npy_file("", data), "header: wanted '{', got its end"},
      {npy_file("[]", data), "header: wanted '{', got '['"},
      {npy_file("{descr: '<f4'}", data), "wanted a string, got 'descr:"},
      {npy_file("{'descr", data), "wanted a string, got ''descr"},
      {npy_file("{'descr' '<f4'}", data), "wanted ':', got '''"},
      {npy_file("{'descr': '<f4' 'shape': ()}", data), "wanted ',', got '''"},
      {npy_file("{'descr': '<f4', 'descr': '<f4'}", data), "wanted each key once, got a second 'descr'"},
      {npy_file("{'descr': '<f4', 'order': 'C'}", data), "wanted the keys descr, fortran_order and shape, got 'order'"},
      {npy_file("{'descr': '<f4', 'shape': (6,)}", data), "got fewer"},
      {npy_file("{'descr': [('x', '<f4')]", data), "wanted a string, got '[("},
      {npy_file("{'descr': '<f4'", data), "wanted ',', got its end"},
      {npy_file(dictionary("(6,)", "<f4", "0"), data), "wanted True or False, got '0"},
      {npy_file(dictionary("(6)"), data), "wanted a tuple as shape"},
      {npy_file(dictionary("6"), data), "wanted '(', got '6'"},
      {npy_file(dictionary("(,)"), data), "wanted non-negative 64-bit integers in shape, got ',)"},
      {npy_file(dictionary("(-6,)"), data), "wanted non-negative 64-bit integers in shape, got '-6,"},
      {npy_file(dictionary("(9223372036854775808,)"), data), "wanted non-negative 64-bit integers in shape"},
      {npy_file(dictionary("(2LL, 3)"), data), "wanted ',' or ')' in shape, got 'L, 3)"},
      {npy_file(dictionary("(L, 3)"), data), "wanted non-negative 64-bit integers in shape, got 'L, 3)"},
      {"PK\x03\x04" + data, "not an NPY file: it looks like a zip"},
      {npy_file(dictionary("(2 3)"), data), "wanted ',' or ')' in shape, got '3)"},
      {npy_file(dictionary("(6.0,)"), data), "wanted ',' or ')' in shape, got '.0"},
      {npy_file("{'shape': (6", data), "wanted ',' or ')' in shape, got ''"},
      {npy_file(dictionary("(1, 1, 1, 1, 1, 1, 1, 1, 6)"), data), "wanted a shape of at most 8 dimensions"},
      {npy_file(good + "x", data), "wanted spaces after the dictionary, got 'x'"},
      {npy_file(good + '\0', data), "wanted spaces after the dictionary, got '?'"},
      {npy_file(dictionary("(6,)", ">f4"), data), "unsupported dtype: wanted '<f4' or '<f8', got '>f4'"},
      {npy_file(dictionary("(6,)", "<i4"), data), "unsupported dtype: wanted '<f4' or '<f8', got '<i4'"},
      {npy_file(dictionary("(6,)", "|O"), data), "unsupported dtype"},
      {npy_file(dictionary("(6,)", "a\nb"), data), "got 'a?b'"},
      {npy_file(dictionary("(4294967296, 4294967296)"), ""), "shape: wanted a product that fits 64 bits"},
      {npy_file(dictionary("(4611686018427387904,)"), ""), "wanted 4611686018427387904 values of 4 bytes, got 0 bytes"},
      {npy_file(good, data.substr(1)), "data: wanted 6 values of 4 bytes, got 23 bytes"},
      {npy_file(good, data + "x"), "data: wanted 6 values of 4 bytes, got 25 bytes"},
      {npy_file(good, data + "xxxx"), "data: wanted 6 values of 4 bytes, got 28 bytes"},
      {npy_file(dictionary("(1,)", "<f8"), raw(std::vector<double>{1e39})),
       "wanted values that fit a float, got 1e+39"},
  };
  for (const io_test::Hostile& hostile : files) io_test::check_refused(hostile, mace::parse_npy);
}

TEST_CASE("npy: a mutated file is read or refused") {
  io_test::check_survives_mutations(npy_file(dictionary("(2, 3)"), raw(six)), mace::parse_npy);
  io_test::check_survives_mutations(npy_file(dictionary("(3, 1)", "<f8", "True"), raw(std::vector<double>{1, 2, 3}), 2),
                                    mace::parse_npy);
}

TEST_CASE("npy: the writer refuses what it could not read back") {
  const io_test::Folder folder;
  for (const mace::NpyArray& array :
       {mace::NpyArray{{2, 2}, six}, mace::NpyArray{{-6}, six}, mace::NpyArray{{1, 1, 1, 1, 1, 1, 1, 1, 6}, six}}) {
    CHECK(mace::test::contains(mace::test::error_of([&] { mace::write_npy(folder / "a.npy", array); }),
                               "a.npy: wanted "));
  }
  CHECK(folder.file_count() == 0);
}
