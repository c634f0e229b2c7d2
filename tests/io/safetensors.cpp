// SPDX-License-Identifier: Apache-2.0
#include "mace/io/safetensors.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "support/errors.hpp"

using io_test::bytes_of;
using io_test::raw;
using mace::test::contains;
using mace::test::error_of;

namespace {

std::string tensor_file(const std::string& header, const std::string& data = "") {
  return raw(std::vector<std::uint64_t>{header.size()}) + header + data;
}

std::string entry(const std::string& name, const std::string& shape, const std::string& offsets,
                  const std::string& dtype = "F32") {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

/// A file with one entry of these fields.
std::string one(const std::string& shape, const std::string& offsets, const std::string& data,
                const std::string& dtype = "F32") {
  return tensor_file("{" + entry("w", shape, offsets, dtype) + "}", data);
}

mace::Safetensors tensors_of(const std::string& file) {
  return mace::parse_safetensors(bytes_of(file), "file");
}

mace::Safetensors example() {
  return {.tensors = {{"decoder.0.weight", {{2, 3}, {0, 1, -2, 0.5f, 1024, -0.25f}}},
                      {"bias", {{2}, {7, 8}}},
                      {"none", {{4, 0}, {}}},
                      {"scale", {{}, {3}}}},
          .metadata = {{"format", "pt"}, {"task", "r\u00e9gion \"a\"\n"}}};
}

const std::string two = raw(std::vector<float>{1, 2});

}  // namespace

TEST_CASE("safetensors: what is written is read back in every dtype") {
  const io_test::Folder folder;
  for (const mace::Dtype dtype : {mace::Dtype::F32, mace::Dtype::F16, mace::Dtype::BF16}) {
    mace::write_safetensors(folder / "a.safetensors", example(), dtype);
    const mace::Safetensors read = mace::read_safetensors(folder / "a.safetensors");
    CHECK(read.tensors == example().tensors);
    CHECK(read.metadata == example().metadata);
    CHECK(read.source == (folder / "a.safetensors").string());

    const std::string bytes = io_test::text_of(folder / "a.safetensors");
    mace::write_safetensors(folder / "b.safetensors", read, dtype);
    CHECK(io_test::text_of(folder / "b.safetensors") == bytes);
    CHECK((bytes.size() - 9u * (dtype == mace::Dtype::F32 ? 4 : 2)) % 8 == 0);
  }
}

TEST_CASE("safetensors: values come through as bits and 16-bit ones are rounded to nearest") {
  const io_test::Folder folder;
  mace::Safetensors file{.tensors = {{"w", {{4}, {NAN, HUGE_VALF, -0.0f, 1.0f / 3}}}}, .metadata = {}};
  mace::write_safetensors(folder / "a", file);
  CHECK(raw(mace::read_safetensors(folder / "a").tensors.at("w").values) == raw(file.tensors.at("w").values));
  mace::write_safetensors(folder / "a", file, mace::Dtype::F16);
  const std::vector<float> halves = mace::read_safetensors(folder / "a").tensors.at("w").values;
  CHECK(std::isnan(halves[0]));
  CHECK(halves[1] == HUGE_VALF);
  CHECK(std::signbit(halves[2]));
  CHECK(halves[3] == 0x1.554p-2f);
}

TEST_CASE("safetensors: a file of the reference's making") {
  const std::string header = R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},)"
                             R"("a":{"shape":[1,2],"dtype":"F32","data_offsets":[0,8]},)"
                             R"("z":{"dtype":"BF16","shape":[0],"data_offsets":[8,8]}})"
                             "       ";
  const mace::Safetensors read = tensors_of(tensor_file(header, two + std::string("\x00\x3c\x00\xc0", 4)));
  CHECK(read.tensors.at("a") == mace::Tensor{{1, 2}, {1, 2}});
  CHECK(read.tensors.at("b") == mace::Tensor{{2}, {1, -2}});
  CHECK(read.tensors.at("z") == mace::Tensor{{0}, {}});
  CHECK(read.metadata.at("format") == "pt");
  CHECK(tensors_of(tensor_file("{}")).tensors.empty());
  CHECK(tensors_of(tensor_file(R"({"__metadata__":{}})")).metadata.empty());
}

TEST_CASE("safetensors: a tensor is looked up by name and shape") {
  mace::Safetensors file = example();
  file.source = "prior.safetensors";
  CHECK(file.tensor("bias", {2}).values == std::vector<float>{7, 8});
  CHECK(error_of([&] {
          file.tensor("bias", {2, 1});
        }) == "prior.safetensors: tensor 'bias': wanted shape [2, 1], got [2]");
  CHECK(error_of([&] { file.tensor("gain", {}); }) ==
        "prior.safetensors: tensor 'gain': wanted shape [], got no tensor");
}

TEST_CASE("safetensors: a tensor of another type is an error only for who asks for it") {
  const std::string header = "{" + entry("n", "[]", "[8,16]", "I64") + "," + entry("w", "[2]", "[0,8]") + "," +
                             entry("m", "[3]", "[16,19]", "BOOL") + "," + entry("h", "[3]", "[19,19]", "F4") + "}";
  const std::string last = "{" + entry("w", "[2]", "[3,11]") + "," + entry("q", "[6]", "[0,3]", "F4") + "}";
  const mace::Safetensors file =
      tensors_of(tensor_file("{" + entry("n", "[]", "[8,16]", "I64") + "," + entry("w", "[2]", "[0,8]") + "," +
                                 entry("m", "[3]", "[16,19]", "BOOL") + "}",
                             two + two + "abc"));
  CHECK(file.tensors.size() == 1);
  CHECK(file.tensor("w", {2}).values == std::vector<float>{1, 2});
  CHECK(file.other_types == std::map<std::string, std::string>{{"m", "BOOL"}, {"n", "I64"}});
  CHECK(error_of([&] { file.tensor("n", {}); }) ==
        "file: tensor 'n': unsupported dtype: wanted F32, F16 or BF16, got 'I64'");
  CHECK(tensors_of(tensor_file(last, "abc" + two)).tensor("w", {2}).values == std::vector<float>{1, 2});
  CHECK(contains(error_of([&] { tensors_of(tensor_file(header, two + two + "abc")); }),
                 "'h': wanted 3 values of 4 bits"));
  // What was not kept cannot be written.
  const io_test::Folder folder;
  CHECK(error_of([&] {
          mace::write_safetensors(folder / "a", file);
        }).ends_with("a: tensor 'm': wanted values to write, got only its type BOOL"));
}

TEST_CASE("safetensors: other files of the same name are named") {
  const auto error = [](const std::string& start) {
    return error_of([&] { tensors_of(start + std::string(60, '\0')); });
  };
  CHECK(error("PK\x03\x04") == "file: not a safetensors file: it looks like a zip");
  CHECK(error("version https://git-lfs.github.com/spec/v1\n") ==
        "file: not a safetensors file: it looks like a Git LFS pointer; 'git lfs pull' fetches the file");
  CHECK(error("<!DOCTYPE html>") == "file: not a safetensors file: it looks like a web page");
}

TEST_CASE("safetensors: a header that is no header is refused") {
  const std::string two_same = entry("a", "[1]", "[0,4]") + "," + entry("a", "[1]", "[4,8]");
  const std::vector<io_test::Hostile> files{
      {"", "header length: wanted 8 bytes, got 0"},
      {"1234567", "header length: wanted 8 bytes, got 7"},
      {raw(std::vector<std::uint64_t>{100'000'001}) + "{}", "wanted at most 100000000 bytes, got 100000001"},
      {raw(std::vector<std::uint64_t>{~0ull}) + "{}", "wanted at most 100000000 bytes, got 18446744073709551615"},
      {raw(std::vector<std::uint64_t>{3}) + "{}", "header: wanted 3 bytes, got 2"},
      {tensor_file(""), "header: wanted '{' first, got ''"},
      {tensor_file(" {}"), "header: wanted '{' first, got ' '"},
      {tensor_file("[]"), "header: wanted '{' first, got '['"},
      {tensor_file("{"), "wanted JSON in UTF-8, got something else at byte 2"},
      {tensor_file("{}{}"), "wanted JSON in UTF-8, got something else at byte 3"},
      {tensor_file("{} // no"), "wanted JSON in UTF-8"},
      {tensor_file("{\"a\":1e999}"), "wanted JSON in UTF-8"},
      {tensor_file("{\"\xff\":{}}"), "wanted JSON in UTF-8"},
      {tensor_file("{\"\xc0\x80\":{}}"), "wanted JSON in UTF-8"},
      {tensor_file(R"({"\ud800":{}})"), "wanted JSON in UTF-8"},
      {tensor_file(std::string("{}\0{}", 5)), "wanted JSON, got a NUL at byte 2"},
      {tensor_file("{" + two_same + "}", two), "wanted each key once, got 'a' twice"},
      {tensor_file(R"({"__metadata__":{},"__metadata__":{}})"), "wanted each key once, got '__metadata__' twice"},
      {tensor_file(R"({"__metadata__":{"a":"b","a":"c"}})"), "wanted each key once, got 'a' twice"},
      {tensor_file(R"({"w":{"dtype":"F32","dtype":"F32"}})"), "wanted each key once, got 'dtype' twice"},
      {tensor_file(R"({"w":{"dtype":"F32","shape":[]}})"),
       "'w': wanted the keys dtype, shape and data_offsets, got fewer"},
      {tensor_file(R"({"w":{"dtype":"F32","stride":[]}})"),
       "wanted the keys dtype, shape and data_offsets, got 'stride'"},
      {tensor_file(R"({"__metadata__":{"a":1}})"), "'a': wanted a string, got 1"},
      {tensor_file(R"({"__metadata__":{"a":{}}})"), "'a': wanted a string, got an object"},
      {tensor_file(R"({"__metadata__":{"a":[]}})"), "'a': wanted a string, got an array"},
      {tensor_file(R"({"__metadata__":{"a":null}})"), "'a': wanted a string, got null"},
      {tensor_file(R"({"__metadata__":"a"})"), "'__metadata__': wanted an object, got a string"},
      {tensor_file(R"({"w":[]})"), "'w': wanted an object, got an array"},
      {tensor_file(R"({"w":true})"), "'w': wanted an object, got a boolean"},
      {tensor_file(R"({"w":{"dtype":4}})"), "'dtype': wanted a string, got 4"},
      {tensor_file(R"({"w":{"dtype":["F32"]}})"), "'dtype': wanted a string, got an array"},
      {tensor_file(R"({"w":{"shape":2}})"), "'shape': wanted an array, got 2"},
      {tensor_file(R"({"w":{"shape":"2"}})"), "'shape': wanted an array, got a string"},
      {tensor_file(R"({"w":{"shape":{}}})"), "'shape': wanted an array, got an object"},
      {tensor_file("{\"w\":{\"shape\":" + std::string(100'000, '[')),
       "wanted non-negative 63-bit integers, got an array"},
      {tensor_file("{\"w\":{\"shape\":[{"), "wanted non-negative 63-bit integers, got an object"},
      {tensor_file("{\"" + std::string(5000, '\x7f') + "\":[]}"), "??...': wanted an object"},
      {tensor_file(R"({"a\nb":[]})"), "'a?b': wanted an object"},
  };
  for (const io_test::Hostile& hostile : files) io_test::check_refused(hostile, mace::parse_safetensors);
}

TEST_CASE("safetensors: entries that do not fit each other or the data are refused") {
  const std::string four = two + two;
  const std::string a = entry("a", "[2]", "[0,8]") + ",";
  const std::vector<io_test::Hostile> files{
      {one("[3]", "[0,16]", four, "I64"), "wanted 3 values of 8 bytes for shape [3], got 16 bytes"},
      {one("[31]", "[0,16]", four, "F4"), "wanted 31 values of 4 bits for shape [31], got 16 bytes"},
      {one("[16]", "[0,16]", four, "f32"), "'w': unknown dtype: wanted F32, F16 or BF16, got 'f32'"},
      {one("[-2]", "[0,8]", two), "'shape': wanted non-negative 63-bit integers, got -2"},
      {one("[2.0]", "[0,8]", two), "'shape': wanted non-negative 63-bit integers, got '2.0'"},
      {one("[\"2\"]", "[0,8]", two), "'shape': wanted non-negative 63-bit integers, got a string"},
      {one("[9223372036854775808]", "[0,8]", two), "wanted non-negative 63-bit integers, got 9223372036854775808"},
      {one("[99999999999999999999]", "[0,8]", two), "wanted non-negative 63-bit integers, got '99999999999999999999'"},
      {one("[4294967296,4294967296]", "[0,8]", two), "shape: wanted a product that fits 64 bits, got [4294967296, 4"},
      {one("[4611686018427387904]", "[0,8]", two), "wanted 4611686018427387904 values of 4 bytes"},
      {one("[3]", "[0,8]", two), "wanted 3 values of 4 bytes for shape [3], got 8 bytes"},
      {one("[1]", "[0,8]", two), "wanted 1 values of 4 bytes for shape [1], got 8 bytes"},
      {one("[2]", "[0,8]", two, "F16"), "wanted 2 values of 2 bytes for shape [2], got 8 bytes"},
      {one("[1]", "[0,7]", two.substr(1)), "wanted 1 values of 4 bytes for shape [1], got 7 bytes"},
      {one("[2]", "[0]", two), "data_offsets: wanted 2 numbers, got 1"},
      {one("[2]", "[]", two), "data_offsets: wanted 2 numbers, got 0"},
      {one("[2]", "[0,8,8]", two), "data_offsets: wanted 2 numbers, got 3"},
      {one("[2]", "[8,0]", two), "data_offsets: wanted begin <= end, got 8 and 0"},
      {one("[2]", "[-8,0]", two), "'data_offsets': wanted non-negative 63-bit integers, got -8"},
      {one("[2]", "[0,8]", ""), "data_offsets: wanted an end within the 0 bytes of data, got 8"},
      {one("[2]", "[0,9223372036854775807]", two), "wanted an end within the 8 bytes of data, got 9223372036854775807"},
      {one("[2]", "[8,16]", four), "data_offsets leave a hole: wanted begin 0, got 8"},
      {tensor_file("{" + a + entry("b", "[1]", "[12,16]") + "}", four),
       "'b': data_offsets leave a hole: wanted begin 8"},
      {tensor_file("{" + a + entry("b", "[2]", "[4,12]") + "}", four),
       "'b': data_offsets overlap: wanted begin 8, got 4"},
      {tensor_file("{" + a + entry("b", "[2]", "[0,8]") + "}", two),
       "'b': data_offsets overlap: wanted begin 8, got 0"},
      {one("[2]", "[0,8]", two + "x"), "data: wanted 8 bytes for the tensors, got 9"},
      {tensor_file("{}", "x"), "data: wanted 0 bytes for the tensors, got 1"},
  };
  for (const io_test::Hostile& hostile : files) io_test::check_refused(hostile, mace::parse_safetensors);
}

TEST_CASE("safetensors: a mutated file is read or refused") {
  const std::string meta = R"({"__metadata__":{"k":"v"},)";
  io_test::check_survives_mutations(
      tensor_file(meta + entry("a", "[1,2]", "[0,8]") + "," + entry("b", "[2]", "[8,12]", "BF16") + "} ", two + "1234"),
      mace::parse_safetensors);
}

TEST_CASE("safetensors: the writer refuses what it could not read back") {
  const io_test::Folder folder;
  const auto refused = [&](const mace::Safetensors& file, mace::Dtype dtype, const std::string& reason) {
    const std::string message = error_of([&] { mace::write_safetensors(folder / "a", file, dtype); });
    CAPTURE(message);
    CHECK(message.starts_with((folder / "a").string() + ": "));
    CHECK(contains(message, reason));
    CHECK(folder.file_count() == 0);
  };
  const auto f32 = mace::Dtype::F32;
  refused({.tensors = {{"w", {{3}, {1, 2}}}}, .metadata = {}}, f32,
          "tensor 'w': wanted as many values as the shape [3]");
  refused({.tensors = {{"__metadata__", {{1}, {1}}}}, .metadata = {}}, f32, "other than '__metadata__'");
  refused({.tensors = {{"\xff", {{1}, {1}}}}, .metadata = {}}, f32, "wanted names and metadata in UTF-8");
  refused({.tensors = {}, .metadata = {{"k", "\xff"}}}, f32, "wanted names and metadata in UTF-8");
  const mace::Safetensors large{.tensors = {{"w", {{1}, {70000}}}}, .metadata = {}};
  refused(large, mace::Dtype::F16, "tensor 'w': wanted values that fit F16, got 70000");
}
