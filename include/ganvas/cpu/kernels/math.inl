// exp, log and their relatives for every instruction set; included inside its namespace by cpu/isa_*.hpp.
// Float: polynomials of least maximal error (Remez), at most 2 units in the last place from the true value (sigmoid,
// and erf without fused instructions, 2.5) wherever it is a normal number; smaller ones count as zero. Double, the
// checking path: std:: functions, lane by lane.

/// c0 + c1 x + c2 x^2 + ... [Horner]
GANVAS_INLINE vf polynomial(vf, float c) { return set1(c); }
template <class... More>
GANVAS_INLINE vf polynomial(vf x, float c, More... more) {
  return fma(x, polynomial(x, more...), set1(c));
}

/// x = n ln 2 + r with n whole and |r| <= ln 2 / 2; gives e^r - 1. x <= 89; n stays within [-150, 128].
GANVAS_INLINE vf reduced_expm1(vf x, vf& n) {
  x = larger(set1(-104.0F), x);  // e^x is 0; NaN stays
  n = nearest(mul(x, set1(1.44269504F)));
  vf r = fma(n, set1(-0.693359375F), x);  // ln 2 in two parts, the first exact in few bits
  r = fma(n, set1(2.12194440e-4F), r);
  const vf q = polynomial(r, 0.49999994F, 0.166665211F, 0.041668389F, 0.00836871658F, 0.00138146011F);
  return fma(mul(r, r), q, r);
}
/// e^x for x <= 89
GANVAS_INLINE vf exp_below(vf x) {
  vf n;
  const vf p = reduced_expm1(x, n);
  return scale(add(p, set1(1.0F)), n);
}
GANVAS_INLINE vf exp(vf x) { return exp_below(smaller(set1(89.0F), x)); }  // above it infinite
/// e^x - 1 for x <= 0, exact to the last places near 0
GANVAS_INLINE vf expm1_below(vf x) {
  vf n;
  const vf p = reduced_expm1(x, n);
  const vf s = scale(set1(1.0F), n);
  return fma(s, p, sub(s, set1(1.0F)));
}

/// ln(1 + f) for sqrt(1/2) - 1 <= f <= sqrt(2) - 1, plus e ln 2
GANVAS_INLINE vf log_near_one(vf f, vf e) {
  const vf p = polynomial(f, 0.333333313F, -0.250008196F, 0.200012267F, -0.166233569F, 0.142017528F, -0.131601825F,
                          0.127616122F, -0.076345399F);
  const vf f2 = mul(f, f);
  vf small = fma(e, set1(-2.12194440e-4F), mul(mul(f2, f), p));
  small = fma(f2, set1(-0.5F), small);
  return fma(e, set1(0.693359375F), add(f, small));
}
GANVAS_INLINE vf log(vf x) {
  vf e;
  const vf m = split(x, e);
  vf y = log_near_one(sub(m, set1(1.0F)), e);
  constexpr float infinity = std::numeric_limits<float>::infinity();
  y = less(x, set1(std::numeric_limits<float>::min()), set1(-infinity), y);
  y = less(x, set1(0.0F), set1(std::numeric_limits<float>::quiet_NaN()), y);
  return less(x, set1(infinity), y, x);  // infinity and NaN are themselves
}
/// ln(1 + u) for 0 <= u <= 1, exact to the last places near 0
GANVAS_INLINE vf log1p_unit(vf u) {
  if constexpr (width<float> == 1) {      // where fma rounds twice, the polynomial below costs softplus 2.2 units
    const vf limit = set1(0.414213562F);  // above it (1 + u) / 2 is the number near one
    const vf f = less(limit, u, mul(sub(u, set1(1.0F)), set1(0.5F)), u);
    return log_near_one(f, less(limit, u, set1(1.0F), set1(0.0F)));
  }
  const vf p = polynomial(u, -0.499999315F, 0.333304703F, -0.24958156F, 0.196931824F, -0.153490216F, 0.106697984F,
                          -0.0575585775F, 0.0201483499F, -0.00330601609F);
  return fma(mul(u, u), p, u);
}

/// 2^z for |z| <= 250, to 6e-8 (1 + |z|) of it
GANVAS_INLINE vf exp2(vf z) {
  const vf n = nearest(z);
  return scale(polynomial(sub(z, n), 1.0F, 0.693147182F, 0.240226477F, 0.0555035956F, 0.00961849932F, 0.00133909693F,
                          0.00015329264F),
               n);
}

/// an odd polynomial near 0, else 1 - 2 / (e^2|x| + 1) with the sign of x
GANVAS_INLINE vf tanh(vf x) {
  const vf a = abs(x);
  const vf x2 = mul(x, x);
  const vf p = polynomial(x2, -0.333332747F, 0.133312747F, -0.0537251234F, 0.020589821F, -0.00564831169F);
  const vf near = fma(mul(x2, x), p, x);
  const vf one = set1(1.0F);
  const vf e = exp2(smaller(set1(40.0F), mul(a, set1(2.88539008F))));  // e^2|x|; far out its places do not count
  const vf far = sub(one, div(set1(2.0F), add(e, one)));
  return less(a, set1(0.625F), near, with_sign(far, x));
}

/// an odd polynomial near 0, else 1 - e^polynomial with the sign of x; without fused instructions up to 2.2 units
GANVAS_INLINE vf erf(vf x) {
  const vf a = abs(x);
  const vf p = polynomial(mul(x, x), 0.128379233F, -0.376126319F, 0.112836897F, -0.0268590935F, 0.00520027662F,
                          -0.000813416089F, 8.33410159e-05F);
  const vf tiny = mul(x, set1(1.12837917F));  // x p may be no normal number: lost where fma rounds twice
  const vf near = less(a, set1(1e-18F), tiny, fma(x, p, x));
  const vf t = smaller(set1(4.0F), a);
  const vf ln = polynomial(t, -0.000207025063F, -1.12762737F, -0.637265861F, -0.103856251F, 0.0221897122F,
                           -0.00303367502F, 0.000194944849F);
  const vf far = sub(set1(1.0F), exp_below(ln));
  return less(a, set1(0.925F), near, with_sign(far, x));
}

/// The distribution function of N(0, 1) at -|x|, as 2^polynomial: to an absolute 1e-7, and 0 far out.
GANVAS_INLINE vf normal_tail(vf x) {
  return exp2(
      larger(set1(-150.0F), polynomial(abs(x), -1.0F, -1.15110517F, -0.459208518F, -0.0524952449F, 0.00706210779F,
                                       -0.000135946015F, -0.000186588935F, 3.9464252e-05F, -2.84225143e-06F)));
}
/// The derivative of x Phi(x) at -|x|, that is Phi(-|x|) - |x| phi(x), as e^(-x^2 / 2) polynomial: to 2e-7.
GANVAS_INLINE vf gelu_slope_tail(vf x) {
  const vf t = smaller(set1(15.0F), abs(x));  // there it is 0
  const vf p = polynomial(t, 0.49999994F, -0.797878981F, 0.249918237F, -0.132518739F, 0.061163906F, -0.0243235789F,
                          0.007945708F, -0.00197718036F, 0.000340357277F, -3.52899733e-05F, 1.63627305e-06F);
  return mul(p, exp2(mul(t, mul(t, set1(-0.721347520F)))));
}

/// f of every lane
GANVAS_INLINE vd lanes(double (*f)(double), vd x) {
  double t[static_cast<std::size_t>(width<double>)];
  store(t, x);
  for (double& v : t) v = f(v);
  return load(t);
}
GANVAS_INLINE vd exp(vd x) { return lanes(std::exp, x); }
GANVAS_INLINE vd exp_below(vd x) { return exp(x); }
GANVAS_INLINE vd expm1_below(vd x) { return lanes(std::expm1, x); }
GANVAS_INLINE vd log(vd x) { return lanes(std::log, x); }
GANVAS_INLINE vd log1p_unit(vd u) { return lanes(std::log1p, u); }
GANVAS_INLINE vd tanh(vd x) { return lanes(std::tanh, x); }
GANVAS_INLINE vd erf(vd x) { return lanes(std::erf, x); }
GANVAS_INLINE vd erfc(vd x) { return lanes(std::erfc, x); }
