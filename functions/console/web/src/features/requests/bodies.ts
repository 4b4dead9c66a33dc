/** A number with more digits than a double keeps, outside of a string: parsing would change it. */
const BIG = /(?<=[[:,\s])-?\d[\d.eE+-]{15,}(?=[\],}\s])/;

/** JSON with indentation; whatever isn't JSON, or would lose digits, as it is. */
export function prettyBody(text: string): string {
  if (BIG.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
