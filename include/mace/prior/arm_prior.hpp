// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <filesystem>
#include <locale>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "mace/core/error.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/kinematics/serial_chain.hpp"
#include "mace/model/autoregressive.hpp"
#include "mace/model/autoregressive_shape.hpp"
#include "mace/prior/metadata.hpp"
#include "mace/prior/prior_file.hpp"

namespace mace {

/// Network of the priors from `train_arm`: the joints of an arm, conditioned on the end effector's position in the
/// base's frame, meters. Depth and width are the paper's.
template <int Joints>
using ArmNetwork = AutoregressiveShape<Joints, 3, 5>;

/// Contents of the file of a trained model of an arm's joints: named tensors with PyTorch's shapes, and metadata that
/// identifies the arm and the network and records the training.
template <class Shape>
struct ArmPrior {
  std::vector<float> weights;                ///< flat buffer of Shape::parameters numbers
  JointLimits<Shape::joints> limits;         ///< limits of the joints, radians or meters
  std::map<std::string, std::string> about;  ///< metadata of the file
};

/// Limits of a chain's joints.
/// @throws Error if the chain does not have `Joints` joints, or a joint cannot move.
template <int Joints>
JointLimits<Joints> joint_limits(const ChainDescription& chain) {
  const SerialChain<Joints> arm = chain.chain<Joints>();
  JointLimits<Joints> limits;
  for (int j = 0; j < Joints; ++j) {
    limits.low[j] = arm.joint[j].lower;
    limits.high[j] = arm.joint[j].upper;
  }
  return limits.checked();
}

namespace detail {

/// Numbers that identify an arm, by their names in the file. The end effector's position with every joint at a third of
/// its range represents the lengths and angles between the joints.
template <int Joints>
std::map<std::string, std::vector<double>> arm_numbers(const ChainDescription& chain) {
  const SerialChain<Joints, double> arm = chain.chain<Joints, double>();
  Vec<Joints, double> third;
  std::map<std::string, std::vector<double>> numbers;
  for (int j = 0; j < Joints; ++j) {
    numbers["lower"].push_back(arm.joint[j].lower);
    numbers["upper"].push_back(arm.joint[j].upper);
    third[j] = (2 * arm.joint[j].lower + arm.joint[j].upper) / 3;
  }
  const Vec<3, double> tip = arm.position(third);
  numbers["tip_at_third"] = {tip[0], tip[1], tip[2]};
  return numbers;
}

inline std::string numbers_text(const std::vector<double>& numbers) {
  std::string text;
  for (const double number : numbers) text.append(text.empty() ? "" : " ").append(number_text(number));
  return text;
}

/// Text of a network: the number of joints and the widths of a joint's network without the input, as in "7 x
/// 200-200-200-200-200-15".
template <class Shape>
std::string network_text() {
  std::string text = std::to_string(Shape::joints);
  const auto& widths = Shape::template Net<0>::width;
  for (std::size_t l = 1; l < widths.size(); ++l) text.append(l == 1 ? " x " : "-").append(std::to_string(widths[l]));
  return text;
}

/// Checks that the file belongs to this arm. Numbers may differ by rounding, since another description of the same arm
/// may have been read.
/// @throws Error if the file belongs to another arm.
template <int Joints>
void require_arm(const Safetensors& file, const ChainDescription& chain) {
  for (const auto& [key, wanted] : {std::pair("base", chain.base_name), std::pair("tip", chain.tip_name)})
    require(about(file, key) == wanted, file.source, ": wanted a prior of an arm whose ", key, " is ",
            printable(wanted), ", got ", printable(about(file, key)));
  for (const auto& [key, wanted] : arm_numbers<Joints>(chain)) {
    const std::string& text = about(file, key);
    std::istringstream words(text);
    words.imbue(std::locale::classic());
    std::string word;
    std::size_t alike = 0, got = 0;
    for (; words >> word; ++got) {
      const auto number = parse_number<double>(word, file.source + ": " + key);
      alike += got < wanted.size() && std::abs(number - wanted[got]) <= 1e-5 ? 1 : 0;
    }
    require(got == wanted.size() && alike == got, file.source, ": wanted a prior of an arm whose ", key, " is ",
            numbers_text(wanted), ", got ", printable(text));
  }
}

}  // namespace detail

/// File of a trained model.
/// @param prior  the model
/// @param chain  chain of the arm
template <class Shape>
Safetensors arm_file(const ArmPrior<Shape>& prior, const ChainDescription& chain) {
  Safetensors file;
  file.metadata = prior.about;
  file.metadata["task"] = "arm";
  file.metadata["network"] = detail::network_text<Shape>();
  file.metadata["base"] = chain.base_name;
  file.metadata["tip"] = chain.tip_name;
  for (const auto& [key, numbers] : detail::arm_numbers<Shape::joints>(chain))
    file.metadata[key] = detail::numbers_text(numbers);
  detail::put_tensors<Shape>(prior.weights, file);
  return file;
}

/// Reads a prior of this shape.
/// @param file   the file
/// @param chain  chain of the arm
/// @throws Error if the file is for another task, network or arm, or a tensor is missing, surplus, of another shape or
///   not finite.
template <class Shape>
ArmPrior<Shape> read_arm_prior(const Safetensors& file, const ChainDescription& chain) {
  require_task(file, "arm");
  const std::string network = detail::about(file, "network"), wanted = detail::network_text<Shape>();
  require(network == wanted, file.source, ": wanted a prior of the network ", wanted, ", got ",
          detail::printable(network));
  detail::require_arm<Shape::joints>(file, chain);
  return {detail::take_tensors<Shape>(file), joint_limits<Shape::joints>(chain), file.metadata};
}

/// Loads a model from a file that `train_arm` wrote. Its condition, the target position of the end effector in the
/// base's frame, is zero at first.
/// @param exec   executor of the model
/// @param path   the file
/// @param chain  chain of the arm
/// @throws Error if the file cannot be read, or as read_arm_prior does.
template <int Joints, class Exec>
Autoregressive<Exec, ArmNetwork<Joints>> load_arm_prior(Exec& exec, const std::filesystem::path& path,
                                                        const ChainDescription& chain) {
  const auto prior = read_arm_prior<ArmNetwork<Joints>>(read_safetensors(path), chain);
  return Autoregressive<Exec, ArmNetwork<Joints>>(exec, prior.weights, prior.limits);
}

}  // namespace mace
