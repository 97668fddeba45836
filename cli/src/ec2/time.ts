/** As EC2's tools print it: `2010-12-08T21:44:06+0000`. */
export function ec2Time(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, '+0000');
}
