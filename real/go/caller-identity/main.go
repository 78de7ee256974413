// Prints who the caller is: caller-identity PROFILE TIMES PAUSE_MS. Without arguments, the version of the SDK.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	if len(os.Args) == 1 {
		fmt.Println(aws.SDKVersion)
		return
	}
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, profile, times, pauseMs string) error {
	calls, err := strconv.Atoi(times)
	if err != nil {
		return err
	}
	pause, err := time.ParseDuration(pauseMs + "ms")
	if err != nil {
		return err
	}
	var options []func(*config.LoadOptions) error
	if profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return err
	}
	client := sts.NewFromConfig(loaded)
	for call := range calls {
		if call > 0 {
			time.Sleep(pause)
		}
		caller, err := client.GetCallerIdentity(ctx, nil)
		if err != nil {
			return err
		}
		fmt.Println(*caller.Arn)
	}
	return nil
}
