//go:build !linux

package main

func runUnderUnit() {}
