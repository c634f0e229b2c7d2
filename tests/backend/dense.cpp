// SPDX-License-Identifier: Apache-2.0
// The three products of a dense layer, for every instruction set of this machine.
#include <doctest/doctest.h>

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "support/machine.hpp"

using namespace mace;
using test::same_bits;

namespace {

template <class Real>
using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;

template <class Real>
Matrix<Real> random_matrix(Index rows, Index cols, std::uint32_t name) {
  Random random({3, Stream::evaluation, 0}, name);
  Matrix<Real> m(rows, cols);
  for (Index i = 0; i < m.size(); ++i) m.data()[i] = static_cast<Real>(random.normal());
  return m;
}

template <class Real>
std::span<Real> span_of(Matrix<Real>& m) {
  return {m.data(), static_cast<std::size_t>(m.size())};
}

struct LayerShape {
  Index inputs, outputs, columns;
};

std::string name_of(const LayerShape& s) {
  return std::to_string(s.inputs) + " -> " + std::to_string(s.outputs) + ", " + std::to_string(s.columns) + " columns";
}

/// The edges of the tiles, shapes at random, and some that are large enough to be shared out.
std::vector<LayerShape> layer_shapes() {
  std::vector<LayerShape> shapes = {{1, 1, 1},    {3, 8, 12},   {3, 64, 13},   {17, 16, 12},   {16, 17, 11},
                                    {8, 9, 6},    {70, 33, 5},  {31, 32, 384}, {2, 31, 385},   {128, 300, 770},
                                    {512, 65, 3}, {64, 96, 40}, {5, 7, 2500},  {33, 40, 1025}, {200, 200, 4},
                                    {16, 4, 4},   {31, 5, 7},   {35, 3, 1},    {600, 601, 8},  {40, 41, 9}};
  Random random({4, Stream::evaluation, 0}, 0);
  for (int i = 0; i < 60; ++i) {
    const auto size = [&] { return static_cast<Index>(1 + random.word() % 70); };
    shapes.push_back({size(), size(), size()});
  }
  return shapes;
}

/// A layer's numbers and its three products.
template <class Real>
struct Layer {
  Matrix<Real> weights, bias, x, dy;    // given
  Matrix<Real> y, dx, dweights, dbias;  // computed

  explicit Layer(const LayerShape& s)
      : weights(random_matrix<Real>(s.inputs, s.outputs, 1)),
        bias(random_matrix<Real>(s.outputs, 1, 2)),
        x(random_matrix<Real>(s.inputs, s.columns, 3)),
        dy(random_matrix<Real>(s.outputs, s.columns, 4)),
        y(s.outputs, s.columns),
        dx(s.inputs, s.columns),
        dweights(Matrix<Real>::Constant(s.inputs, s.outputs, 99)),
        dbias(Matrix<Real>::Constant(s.outputs, 1, 99)) {}

  void compute(Cpu& exec, Activation activation) {
    exec.affine<Real>(weights, span_of(bias), x, y, activation);
    exec.affine_input_gradient<Real>(weights, dy, dx);
    exec.affine_weight_gradient<Real>(x, dy, dweights, span_of(dbias));
  }

  /// y again, by packed weights.
  Matrix<Real> packed(Cpu& exec, Activation activation) {
    PackedWeights<Real> w;
    exec.pack<Real>(weights, w);
    Matrix<Real> out(y.rows(), y.cols());
    exec.affine<Real>(w, span_of(bias), x, out, activation);
    return out;
  }
};

/// Error of got = a b (+ c) over its a-priori bound (depth + 2) eps (|a| |b| + |c|) (Higham, Accuracy and Stability,
/// 3.5): at most 1 for any order of summation.
template <class Real>
double error_ratio(const Matrix<Real>& got, const Eigen::MatrixXd& exact, const Eigen::MatrixXd& magnitude,
                   Index depth) {
  const double bound = static_cast<double>(depth + 2) * static_cast<double>(std::numeric_limits<Real>::epsilon());
  const Eigen::ArrayXXd ratio =
      (got.template cast<double>() - exact).array().abs() / (bound * magnitude.array() + 1e-300);
  return ratio.maxCoeff();
}

template <class Real>
struct Oracle {
  Eigen::MatrixXd y, dx, dweights, dbias;                      ///< in double, before the activation
  Eigen::MatrixXd y_size, dx_size, dweights_size, dbias_size;  ///< the same with every factor's absolute value

  explicit Oracle(const Layer<Real>& l) {
    const auto [w, b, x, dy_] = cast(l);
    products(w, b, x, dy_, y, dx, dweights, dbias);
    products(w.cwiseAbs(), b.cwiseAbs(), x.cwiseAbs(), dy_.cwiseAbs(), y_size, dx_size, dweights_size, dbias_size);
  }

 private:
  struct Given {
    Eigen::MatrixXd w, b, x, dy;
  };
  static Given cast(const Layer<Real>& l) {
    return {l.weights.template cast<double>(), l.bias.template cast<double>(), l.x.template cast<double>(),
            l.dy.template cast<double>()};
  }
  static void products(const Eigen::MatrixXd& w, const Eigen::MatrixXd& b, const Eigen::MatrixXd& x,
                       const Eigen::MatrixXd& dy, Eigen::MatrixXd& y, Eigen::MatrixXd& dx, Eigen::MatrixXd& dw,
                       Eigen::MatrixXd& db) {
    y = w.transpose().lazyProduct(x).colwise() + b.col(0);  // lazy: the blocked product compiles for 10 s
    dx = w.lazyProduct(dy);
    dw = x.lazyProduct(dy.transpose());
    db = dy.rowwise().sum();
  }
};

}  // namespace

TEST_CASE_TEMPLATE("the products agree with Eigen in double and with the portable variant", Real, float, double) {
  for (const LayerShape& shape : layer_shapes()) {
    Layer<Real> layer(shape);
    const Oracle<Real> oracle(layer);
    Layer<Real> portable(shape);
    for (const Isa isa : test::available_isas()) {
      CAPTURE(name_of(shape));
      CAPTURE(static_cast<int>(isa));
      Cpu exec({.isa = isa});
      layer.compute(exec, Activation::identity);
      CHECK(error_ratio<Real>(layer.y, oracle.y, oracle.y_size, shape.inputs + 1) <= 1.0);
      const Matrix<Real> packed = layer.packed(exec, Activation::identity);
      CHECK(error_ratio<Real>(packed, oracle.y, oracle.y_size, shape.inputs + 1) <= 1.0);
      CHECK(error_ratio<Real>(layer.dx, oracle.dx, oracle.dx_size, shape.outputs) <= 1.0);
      CHECK(error_ratio<Real>(layer.dweights, oracle.dweights, oracle.dweights_size, shape.columns) <= 1.0);
      CHECK(error_ratio<Real>(layer.dbias, oracle.dbias, oracle.dbias_size, shape.columns) <= 1.0);
      if (isa == Isa::portable) portable = layer;
      // Two results that each keep the bound are at most twice as far apart.
      const auto close = [](const Matrix<Real>& a, const Matrix<Real>& b, const Eigen::MatrixXd& size, Index depth) {
        return error_ratio<Real>(a, b.template cast<double>(), size, depth) <= 2.0;
      };
      CHECK(close(layer.y, portable.y, oracle.y_size, shape.inputs + 1));
      CHECK(close(layer.dx, portable.dx, oracle.dx_size, shape.outputs));
      CHECK(close(layer.dweights, portable.dweights, oracle.dweights_size, shape.columns));
    }
  }
}

TEST_CASE_TEMPLATE("the activation is applied to the finished sum, and packed weights give the same bits", Real, float,
                   double) {
  // Of no more columns than most_dot_columns the sum has another order, but for depths below a register's lanes.
  for (const LayerShape& shape :
       {LayerShape{3, 3, 4}, LayerShape{5, 3, 14}, LayerShape{33, 40, 25}, LayerShape{70, 65, 500}})
    for (const Isa isa : test::available_isas()) {
      Cpu exec({.isa = isa});
      Layer<Real> layer(shape);
      layer.compute(exec, Activation::identity);
      const Matrix<Real> sum = layer.y;
      const bool one_order = shape.columns > dense::most_dot_columns || shape.inputs < dense::lanes_of<Real>(isa);
      for (const Activation activation : {Activation::identity, Activation::relu, Activation::leaky_relu}) {
        CAPTURE(name_of(shape));
        CAPTURE(static_cast<int>(isa));
        CAPTURE(static_cast<int>(activation));
        layer.compute(exec, activation);
        const Real slope = negative_slope<Real>(activation);
        CHECK((layer.y.array() == sum.unaryExpr([&](Real v) { return activate(v, slope); }).array()).all());
        const Matrix<Real> packed = layer.packed(exec, activation);
        CHECK((!one_order || (packed.array() == layer.y.array()).all()));
      }
    }
}

TEST_CASE_TEMPLATE("the number of threads changes no bit", Real, float, double) {
  for (const LayerShape& shape :
       {LayerShape{64, 130, 1000}, LayerShape{300, 7, 2500}, LayerShape{70, 600, 11}, LayerShape{601, 602, 5}})
    for (const Isa isa : test::available_isas()) {
      CAPTURE(name_of(shape));
      CAPTURE(static_cast<int>(isa));
      Layer<Real> one(shape), many(shape);
      Cpu single({.threads = 1, .isa = isa});
      one.compute(single, Activation::relu);
      for (const int threads : {2, 3}) {
        Cpu exec({.threads = threads, .isa = isa});
        many.compute(exec, Activation::relu);
        CHECK(same_bits(span_of(many.y), span_of(one.y)));
        CHECK(same_bits(span_of(many.dx), span_of(one.dx)));
        CHECK(same_bits(span_of(many.dweights), span_of(one.dweights)));
        CHECK(same_bits(span_of(many.dbias), span_of(one.dbias)));
        Matrix<Real> packed = many.packed(exec, Activation::relu), wanted = one.packed(single, Activation::relu);
        CHECK(same_bits(span_of(packed), span_of(wanted)));
      }
    }
}

TEST_CASE_TEMPLATE("a column's result does not depend on where it stands", Real, float, double) {
  const Index columns = 70;
  for (const Isa isa : test::available_isas()) {
    CAPTURE(static_cast<int>(isa));
    Cpu exec({.isa = isa});
    Layer<Real> all({19, 37, columns});
    all.compute(exec, Activation::leaky_relu);
    const auto forward = [&](Index first, Matrix<Real>& y) {
      exec.affine<Real>(all.weights, span_of(all.bias), MatrixView<const Real>(all.x).columns(first, y.cols()), y,
                        Activation::leaky_relu);
    };
    Matrix<Real> alone(37, columns), one(37, 1);  // a few columns are summed in another order than many
    for (Index j = 0; j < columns; ++j) forward(j, one), alone.col(j) = one;
    for (const Index count : {1, 2, 3, 4, 5, 7, 8, 9, 13}) {
      CAPTURE(count);
      Matrix<Real> y(37, count), dx(19, count);
      for (Index first = 0; first + count <= columns; first += 3) {
        forward(first, y);
        exec.affine_input_gradient<Real>(all.weights, MatrixView<const Real>(all.dy).columns(first, count), dx);
        CHECK((y.array() == (count <= dense::most_dot_columns ? alone : all.y).middleCols(first, count).array()).all());
        CHECK((dx.array() == all.dx.middleCols(first, count).array()).all());
      }
    }
  }
}

TEST_CASE("pack keeps its memory for weights of the same dimensions") {
  Cpu exec({});
  Matrix<float> a = random_matrix<float>(20, 30, 1), b = random_matrix<float>(20, 30, 2);
  PackedWeights<float> packed;
  exec.pack<float>(a, packed);
  const float* const memory = packed.panels.data();
  exec.pack<float>(b, packed);
  CHECK(packed.panels.data() == memory);
  CHECK(packed.inputs == 20);
  CHECK(packed.outputs == 30);
}

TEST_CASE_TEMPLATE("a weight gradient that is handed over has the bits of the one that is stored", Real, float,
                   double) {
  for (const LayerShape& shape : layer_shapes())
    for (const Isa isa : test::available_isas())
      for (const int threads : {1, 3}) {
        CAPTURE(name_of(shape));
        Cpu exec({.threads = threads, .isa = isa});
        Layer<Real> layer(shape);
        exec.affine_weight_gradient<Real>(layer.x, layer.dy, layer.dweights, span_of(layer.dbias));
        Matrix<Real> weights = Matrix<Real>::Constant(shape.inputs, shape.outputs, 99), bias(shape.outputs, 1);
        Real *const w = weights.data(), *const b = bias.data();
        exec.template affine_weight_gradient_to<Real>(
            layer.x, layer.dy, [=](Index i, Real g) { w[i] = g; }, [=](Index i, Real g) { b[i] = g; });
        CHECK(same_bits(span_of(weights), span_of(layer.dweights)));
        CHECK(same_bits(span_of(bias), span_of(layer.dbias)));
      }
}

TEST_CASE("a layer refuses matrices that do not fit") {
  Cpu exec({});
  Matrix<float> weights(4, 3), bias(3, 1), x(5, 2), y(3, 2);
  CHECK_THROWS_WITH_AS(exec.affine<float>(weights, span_of(bias), x, y, Activation::relu),
                       "affine: wanted x [4, n] and y [3, n], got [5, 2] and [3, 2]", Error);
  Matrix<float> dx(4, 9), dweights(4, 3);
  CHECK_THROWS_WITH_AS(exec.affine_input_gradient<float>(weights, y, dx),
                       "affine_input_gradient: wanted x [4, n] and y [3, n], got [4, 9] and [3, 2]", Error);
  CHECK_THROWS_AS(exec.affine_weight_gradient<float>(x, y, dweights, span_of(bias)), Error);
}

TEST_CASE("a layer refuses a bias that does not fit") {
  Cpu exec({});
  Matrix<float> weights(4, 3), bias(2, 1), x(4, 2), y(3, 2);
  CHECK_THROWS_WITH_AS(exec.affine<float>(weights, span_of(bias), x, y, Activation::relu),
                       "affine: wanted a bias of 3 values, got 2", Error);
  CHECK_THROWS_WITH_AS(exec.affine_weight_gradient<float>(x, y, weights, span_of(bias)),
                       "affine_weight_gradient: wanted a bias of 3 values, got 2", Error);
}

TEST_CASE("packed weights serve the instruction set that they were packed for, and are refused by any other") {
  Matrix<float> weights = random_matrix<float>(4, 3, 1), bias(3, 1), x = random_matrix<float>(4, 2, 2), y(3, 2);
  bias.setZero();
  for (const Isa packer : test::available_isas())
    for (const Isa user : test::available_isas()) {
      PackedWeights<float> packed;
      Cpu({.isa = packer}).pack<float>(weights, packed);
      Cpu exec({.isa = user});
      const auto use = [&] { exec.affine<float>(packed, span_of(bias), x, y, Activation::relu); };
      if (packer == user) {
        CHECK_NOTHROW(use());
      } else {
        CHECK_THROWS_WITH_AS(use(), "affine: wanted weights that were packed for this executor's instruction set",
                             Error);
      }
    }
}
