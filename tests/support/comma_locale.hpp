// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <clocale>
#include <locale>
#include <string>

namespace mace::test {

/// While it lives, the program's locale has decimal commas and groups digits: streams write 1234.5 as "1.234,5", and so
/// does the C library, but for the groups, if this machine has such a locale.
class CommaLocale {
 public:
  CommaLocale() : before_(std::locale::global(std::locale(std::locale::classic(), new Comma))) {
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "es_ES.UTF-8"})
      if (std::setlocale(LC_ALL, name) != nullptr) return;
  }
  ~CommaLocale() {
    std::locale::global(before_);
    std::setlocale(LC_ALL, "C");
  }
  CommaLocale(const CommaLocale&) = delete;
  CommaLocale& operator=(const CommaLocale&) = delete;

 private:
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };

  std::locale before_;
};

/// What write() returns in such a locale.
template <class Write>
auto with_comma_locale(const Write& write) {
  const CommaLocale locale;
  return write();
}

}  // namespace mace::test
