// SPDX-License-Identifier: Apache-2.0
#include "mace/simulate/contact.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "mace/simulate/concept.hpp"
#include "support/contacts.hpp"
#include "support/executor.hpp"
#include "support/machine.hpp"

using namespace mace;

namespace {

using Simulator = Contact<300>;
static_assert(BatchSimulator<Simulator, test::Exec> && std::is_trivially_copyable_v<Simulator::Outcome>);

template <class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// What a simulator gives for clouds of the host.
template <int Points, int Capacity>
auto contacts_of(test::Exec& exec, Contact<Points, Capacity> contact, const std::vector<Cloud<Points>>& clouds) {
  const auto in = exec.upload(clouds);
  return test::filled<Contacts<Capacity>>(exec, clouds.size(), [&](std::span<Contacts<Capacity>> out) {
    simulate(exec, contact, std::span<const Cloud<Points>>(in.span()), out);
  });
}

}  // namespace

TEST_CASE("every sample's contacts are the formula's, for any threads and instructions") {
  const auto clouds = test::random_clouds<300>(50);
  for (const Isa isa : test::isas())
    for (const int threads : test::threads()) {
      auto exec = test::executor({.threads = threads, .isa = isa});
      const Simulator contact(test::five_directions(), 0.1f);
      const auto outcomes = contacts_of(exec, contact, clouds);
      for (std::size_t i = 0; i < 50; ++i)
        CHECK(test::same_contacts(outcomes[i], find_contacts(contact.fingers(), clouds[i].xyz, Index{300})));
      CHECK(outcomes[0].count == 5);
      CHECK(outcomes[0].touched[4]);
    }
}

TEST_CASE("a finger closes towards its ray's origin, and stops there") {
  auto exec = test::executor();
  const std::vector<Ray> rays{{{0, 0, 1}, {0.5f, 0, -1}}, {{0, 0, 1}, {0.25f, 0, -1}}};
  const Contact<2, 2> contact(rays);
  const std::vector<Cloud<2>> clouds{{{0.5f, 0, 0.25f, 0, 0, 1}}};
  const auto outcomes = contacts_of(exec, contact, clouds);
  CHECK(outcomes[0].touched[0]);
  CHECK(outcomes[0].point[0][2] == 0.25f);
  CHECK_FALSE(outcomes[0].touched[1]);
  CHECK(outcomes[0].point[1][0] == 0.25f);
  CHECK(outcomes[0].point[1][2] == -1);
}

TEST_CASE("fingers that are none are refused") {
  const auto error = [](const std::vector<Vec<3>>& directions, float radius = 0.04f) {
    return error_of([&] { Contact<300, 2>(directions, radius); });
  };
  const float nan = numeric::not_a_number;
  const std::string length = "Contact: finger 1: wanted a direction of length 1, got ";
  CHECK(error({{1, 0, 0}, {0, 1, 0}}) == "no error");
  CHECK(error({{0.9995f, 0, 0}}) == "no error");
  CHECK(error({}) == "Contact: wanted 1 to 2 fingers, got 0");
  CHECK(error({{1, 0, 0}, {1, 0, 0}, {1, 0, 0}}) == "Contact: wanted 1 to 2 fingers, got 3");
  CHECK(error({{1, 0, 0}, {0, 0, 0}}) == length + "(0, 0, 0) of length 0");
  CHECK(error({{1, 0, 0}, {0, 2, 0}}) == length + "(0, 2, 0) of length 2");
  CHECK(error({{1, 0, 0}, {0, 0.9985f, 0}}) != "no error");
  CHECK(error({{1, 0, 0}, {nan, 0, 1}}) == length + "(nan, 0, 1) of length nan");
  CHECK(error({{1, 0, 0}, {numeric::infinity, 0, 1}}) == length + "(inf, 0, 1) of length inf");
  CHECK(error({{1, 0, 0}}, 0) == "Contact: wanted a radius above 0, got 0");
  CHECK(error({{1, 0, 0}}, nan) == "Contact: wanted a radius above 0, got nan");
  CHECK(error_of([&] {
          Contact<300, 2>(std::vector<Ray>{{{1, 0, 0}, {0, nan, 0}}});
        }) == "Contact: finger 0: wanted an origin of finite numbers, got nan");
  auto exec = test::executor();
  const Contact<300> contact(test::five_directions());
  const auto clouds = exec.allocate<Cloud<300>>(3);
  const auto few = exec.allocate<Contacts<8>>(2);
  CHECK(error_of([&] { contact.simulate(exec, clouds.span(), few.span()); }) ==
        "Contact: wanted as many outcomes as clouds, got 2 and 3");
}
