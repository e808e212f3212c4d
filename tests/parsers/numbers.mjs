// Numbers as DynamoDB writes them, `+1`, `.5` or `007e-3`: what is shown of one, and which is less.

const form = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

// The digits that came in, in JSON's grammar.
export function shownNumber(text) {
  const [, sign, whole, fraction] = text.match(form);
  const exponent = text.slice(text.search(/[eE]|$/));
  return (sign === '-' ? '-' : '') + (whole.replace(/^0+/, '') || '0') +
    (fraction ? '.' + fraction : '') + exponent;
}

// The value is 0.DIGITS x 10^exponent, without zeros at either end of the digits.
export function decimal(text) {
  const [, sign, whole, fraction = '', exponent = '0'] = text.match(form);
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  return {
    isNegative: sign === '-' && digits !== '',
    digits: digits.replace(/0+$/, ''),
    exponent: digits === '' ? 0 : Number(exponent) + whole.length - (all.length - digits.length),
  };
}

// The one text of all numbers of this value, as topics and keys have it.
export function canonical(text) {
  const { isNegative, digits, exponent } = decimal(text);
  if (digits === '') return '0';
  const sign = isNegative ? '-' : '';
  const count = digits.length;
  if ((exponent <= 0 ? 1 - exponent + count : Math.max(exponent, count)) > 40) {
    return `${sign}${digits[0]}${count > 1 ? '.' + digits.slice(1) : ''}e${exponent - 1}`;
  }
  if (exponent <= 0) return sign + '0.' + '0'.repeat(-exponent) + digits;
  if (exponent >= count) return sign + digits.padEnd(exponent, '0');
  return sign + digits.slice(0, exponent) + '.' + digits.slice(exponent);
}

export function compareNumbers(a, b) {
  const [one, other] = [decimal(a), decimal(b)];
  const signOf = ({ isNegative, digits }) => (digits === '' ? 0 : isNegative ? -1 : 1);
  if (signOf(one) !== signOf(other)) return signOf(one) - signOf(other);
  const bySize = one.exponent - other.exponent ||
    (one.digits < other.digits ? -1 : one.digits > other.digits ? 1 : 0);
  return one.isNegative ? -bySize : bySize;
}
