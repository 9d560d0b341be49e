// Money: whole minor units and an ISO 4217 code. How many minor units make one is the currency's exponent: 2 unless said here.

const EXPONENTS = {
  ...{ BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0 },
  ...{ BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3 },
};
const SYMBOLS = { EUR: "€", GBP: "£", USD: "$", JPY: "¥" };
const DIGITS_MAX = 12;

/** Currencies that a wallet may be held in, with their names. */
export const CURRENCIES = {
  ...{ EUR: "Euro", GBP: "Pound sterling", USD: "US dollar", AUD: "Australian dollar", BRL: "Brazilian real", CAD: "Canadian dollar" },
  ...{ CHF: "Swiss franc", DKK: "Danish krone", JPY: "Yen", NOK: "Norwegian krone", NZD: "New Zealand dollar", PLN: "Złoty", SEK: "Swedish krona" },
};

/** Return how many decimal places a currency has. */
export const exponentOf = (currency) => EXPONENTS[currency] ?? 2;

/** Return what stands before an amount: "€", or the code with a space that does not break. */
export const signOf = (currency) => SYMBOLS[currency] ?? `${currency}\u00a0`;

/** Return an amount without its currency: 123456 of EUR is "1,234.56", 1000 of JPY is "1,000". `grouped` false leaves the commas out. */
export function amount(minor, currency, grouped = true) {
  const exponent = exponentOf(currency);
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const places = exponent ? `.${digits.slice(-exponent)}` : "";
  return `${grouped ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole}${places}`;
}

/** Return an amount as it is read: "€1,234.56", "−€3.00", "CHF 10.00". */
export function money(minor, currency) {
  return `${minor < 0 ? "\u2212" : ""}${signOf(currency)}${amount(minor, currency)}`;
}

/** Return the minor units that somebody typed, 0 for what is no amount: too many places, no digits, anything else. */
export function minorOf(text, currency) {
  const exponent = exponentOf(currency);
  const found = /^(\d+)(?:[.,](\d+))?$/.exec(text.trim().replace(/[\s\u00a0]/g, ""));
  const places = found?.[2] ?? "";
  if (!found || found[1].length > DIGITS_MAX || places.length > exponent) return 0;
  return Number(found[1] + places.padEnd(exponent, "0"));
}
