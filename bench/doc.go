// Package bench is how fast: workloads with known properties, and what is measured with them.
//
// Only cmd imports it. The demonstration data, whose true effects are known because they were planted, is in package demo.
package bench
