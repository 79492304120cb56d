const adjectives =
  "agile amber ample artful balmy bold brave breezy bright brisk calm candid careful cheerful civil clear clever cordial cosy crisp curious daring dapper deft eager earnest easy elated fair famous fancy fearless fluent fond frank free fresh frosty gallant gentle gifted glad golden graceful grand happy hardy hasty honest hopeful humble ideal jolly jovial keen kind lively loyal lucid lucky merry mild modest neat nimble noble nifty open patient placid playful polite prompt proud quick quiet ready serene sharp silent silver sincere sleepy smart snappy sober spry stable steady stoic strong sunny swift tender thirsty tidy trusty upbeat valiant vivid warm wise witty zesty"

const surnames =
  "abel ampere archimedes avogadro babbage bernoulli bessel bhabha bohr boole bose brahe burnell cantor carson cauchy cavendish celsius chebyshev church clarke copernicus coulomb curie cerf darwin davy descartes diffie dirac einstein erdos euclid euler faraday fermat fermi feynman fibonacci fourier franklin galileo galois gauss germain gibbs godel goodall hamilton heaviside heisenberg hellman herschel hertz hilbert hodgkin hooke hopper hubble huygens hypatia joule jacobi kepler kilby kirchhoff knuth kowalevski lagrange lamarr laplace lavoisier leavitt leibniz liskov lovelace lumiere maxwell meitner mendel mendeleev minkowski mirzakhani napier nash newton nightingale noether noyce ohm oppenheimer pascal pasteur pauli payne perlman planck poincare ptolemy ramanujan raman rayleigh riemann ritchie roentgen rubin rutherford sagan seki shannon shockley somerville spence tereshkova tesla thales thompson torvalds turing vaughan volta wescoff weyl wiles wozniak wright yonath yukawa"

const adjective = adjectives.split(" ")
const surname = surnames.split(" ")

/** How many different names there are: draw indices below this. */
export const count = adjective.length * surname.length

/** The name at an index, `frosty_bhabha`; any whole number gives one. The caller brings the randomness. */
export const name = (index: number): string => {
  const at = ((index % count) + count) % count
  return `${adjective[Math.trunc(at / surname.length)]}_${surname[at % surname.length]}`
}
